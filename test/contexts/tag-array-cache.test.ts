import { describe, expect, test } from 'vitest';
import { KnownTagArray, TagArrayCache } from '../../src/contexts/tag-array-cache.js';

const REMOVED_COUNT = 0;

/** Looks arrays of tags up in turn, caches those that are wanted, and returns how many were found. */
function lookUp(cache: TagArrayCache, arrays: readonly string[][], rounds: number): number {
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, tags] of arrays.entries()) {
      const known = cache.find(tags, REMOVED_COUNT);
      if (known !== undefined) {
        expect([...known.tagIds]).toEqual([index]);
        found++;
      } else if (cache.wantedHash !== 0)
        cache.add(cache.wantedHash, new KnownTagArray([...tags], Int32Array.of(index), index, REMOVED_COUNT));
    }
  }
  return found;
}

const arraysOf = (count: number) => Array.from({ length: count }, (_, i) => [`route:/${i % 997}`, `user:${i}`]);

describe('the cache of arrays of tags', () => {
  test('holds a thousand arrays', () => {
    expect(lookUp(new TagArrayCache(), arraysOf(1000), 100)).toBeGreaterThan(0.9 * 1000 * 100);
  });

  test('is left out when there are too many, and is used again when there are few', () => {
    const cache = new TagArrayCache();
    expect(lookUp(cache, arraysOf(50_000), 2)).toBeLessThan(5000);
    lookUp(cache, arraysOf(20), 3000);
    expect(lookUp(cache, arraysOf(20), 100)).toBeGreaterThan(0.9 * 20 * 100);
  });

  test('does not find what was added before a context was removed', () => {
    const cache = new TagArrayCache();
    const tags = ['a', 'b'];
    cache.find(tags, 1);
    cache.add(cache.wantedHash, new KnownTagArray(tags, Int32Array.of(1, 2), 3, 1));
    expect([...cache.find(tags, 1)!.tagIds]).toEqual([1, 2]);
    expect(cache.find(tags, 2)).toBeUndefined();
  });

  test.each([[[]], [['a', '']], [['a', 1 as unknown as string]], [new Array(33).fill('a')]])('does not want %j', (tags) => {
    const cache = new TagArrayCache();
    expect(cache.find(tags, REMOVED_COUNT)).toBeUndefined();
    expect(cache.wantedHash).toBe(0);
  });
});
