import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TagListPool } from '../../src/contexts/tag-list-pool.js';

const seed = 20_250_603;

function contentOf(lists: TagListPool, list: number, count: number): number[] {
  return [...lists.ids.subarray(list, list + count)];
}

describe('tag lists', () => {
  test('are kept apart from each other and from their source', () => {
    const lists = new TagListPool();
    const source = Int32Array.from([5, 6, 7, 8]);
    const a = lists.add(source, 4);
    const b = lists.add(source, 2);
    source.fill(0);
    expect([contentOf(lists, a, 4), contentOf(lists, b, 2)]).toEqual([
      [5, 6, 7, 8],
      [5, 6],
    ]);
  });

  test('that are empty take no room, and are freed without effect', () => {
    const lists = new TagListPool();
    expect(lists.add(new Int32Array(0), 0)).toBe(0);
    lists.free(0, 0);
    const a = lists.add(Int32Array.of(9), 1);
    expect(contentOf(lists, a, 1)).toEqual([9]);
  });

  test('of the same length take the memory of freed ones', () => {
    const lists = new TagListPool();
    const source = Int32Array.from({ length: 1024 }, (_, i) => i);
    const used = [1, 2, 3, 100, 1024].map((count) => [lists.add(source, count), count] as const);
    const { length } = lists.ids;
    for (let round = 0; round < 1000; round++) {
      for (const [list, count] of used) lists.free(list, count);
      for (const [list, count] of used) expect(lists.add(source, count)).toBe(list);
    }
    expect(lists.ids.length).toBe(length);
  });

  test('behave as separate arrays, whatever is added and freed', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.array(fc.nat(1000), { maxLength: 12 }) }) },
      { weight: 2, arbitrary: fc.record({ free: fc.nat(1000) }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
        const lists = new TagListPool();
        const live: [list: number, content: number[]][] = [];
        for (const each of operations) {
          if ('add' in each) live.push([lists.add(Int32Array.from(each.add), each.add.length), each.add]);
          else if (live.length > 0) {
            const [[list, content]] = live.splice(each.free % live.length, 1);
            lists.free(list, content.length);
          }
        }
        expect(live.map(([list, content]) => contentOf(lists, list, content.length))).toEqual(live.map(([, content]) => content));
      }),
      { seed, numRuns: 200 },
    );
  });
});
