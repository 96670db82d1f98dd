import { describe, expect, test } from 'vitest';
import { CachedTagArray, type CacheOwner, TagArrayCache } from '../../src/contexts/tag-array-cache.js';

function owner(): CacheOwner {
  return { id: 1, lastTags: new CachedTagArray(), misses: 0 };
}

/** Looks arrays of tags up in turn, caches those that are not found, and returns how many were found. */
function lookUp(cache: TagArrayCache, arrays: readonly string[][], rounds: number): number {
  const own = owner();
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    for (const [index, tags] of arrays.entries()) {
      const code = cache.find(own, tags);
      if (code !== 0) {
        expect(code).toBe(index + 1);
        found++;
      } else if (cache.shouldCache(own)) cache.add(own, tags, tags.length, index + 1);
    }
  }
  return found;
}

const arraysOf = (count: number) => Array.from({ length: count }, (_, i) => [`route:/${i % 997}`, `user:${i}`]);

describe('the cache of arrays of tags', () => {
  test('holds a few hundred arrays', () => {
    expect(lookUp(new TagArrayCache(), arraysOf(200), 100)).toBeGreaterThan(0.9 * 200 * 100);
  });

  test('is left out when there are too many, and is used again when there are few', () => {
    const cache = new TagArrayCache();
    expect(lookUp(cache, arraysOf(50_000), 2)).toBeLessThan(5000);
    lookUp(cache, arraysOf(20), 3000);
    expect(lookUp(cache, arraysOf(20), 100)).toBeGreaterThan(0.9 * 20 * 100);
  });
});
