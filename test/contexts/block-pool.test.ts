import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BlockPool } from '../../src/contexts/block-pool.js';

const seed = 20_250_603;

function contentOf(pool: BlockPool, block: number, count: number): number[] {
  return [...pool.words.subarray(block, block + count)];
}

describe('blocks of words', () => {
  test('of the same length take the memory of freed ones', () => {
    const pool = new BlockPool();
    const source = Int32Array.from({ length: 1024 }, (_, i) => i);
    const used = [1, 2, 3, 100, 1024].map((count) => [pool.add(source, count), count] as const);
    const { length } = pool.words;
    for (let round = 0; round < 1000; round++) {
      for (const [block, count] of used) pool.free(block, count);
      for (const [block, count] of used) expect(pool.add(source, count)).toBe(block);
    }
    expect(pool.words.length).toBe(length);
  });

  test('behave as separate arrays, whatever is added and freed', () => {
    const operation = fc.oneof(
      { weight: 3, arbitrary: fc.record({ add: fc.array(fc.nat(1000), { maxLength: 12 }) }) },
      { weight: 2, arbitrary: fc.record({ free: fc.nat(1000) }) },
    );
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300, size: 'max' }), (operations) => {
        const pool = new BlockPool();
        const live: [block: number, content: number[]][] = [];
        for (const each of operations) {
          if ('add' in each) live.push([pool.add(Int32Array.from(each.add), each.add.length), each.add]);
          else if (live.length > 0) {
            const [[block, content]] = live.splice(each.free % live.length, 1);
            pool.free(block, content.length);
          }
        }
        expect(live.map(([block, content]) => contentOf(pool, block, content.length))).toEqual(
          live.map(([, content]) => content),
        );
      }),
      { seed, numRuns: 200 },
    );
  });
});
