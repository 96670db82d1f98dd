// How many slots a look-up compares when contexts follow usual patterns.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { ContextStore } from '../../src/contexts/context-store.js';
import { HashIndex } from '../../src/contexts/hash-index.js';
import { MetricNames } from '../../src/contexts/metric-names.js';
import { COUNTER, KIND_BITS } from '../../src/model/kinds.js';

/** So many contexts fill the table to two fifths. With random hashes a look-up compares 1.3 slots on average, and 20 at most. */
const CAPACITY = 2 ** 15 * 0.8;

/** Ways to make different contexts, by an index. */
function patterns(): [string, (index: number) => [nameId: number, hostId: number, ...tagIds: number[]]][] {
  return [
    ['names', (i) => [i + 1, 0]],
    ['hosts', (i) => [1, i + 1]],
    ['160 names of 160 hosts', (i) => [(i % 160) + 1, Math.floor(i / 160) + 1]],
    ['1000 names of a few hosts', (i) => [(i % 1000) + 1, Math.floor(i / 1000) + 1]],
    ['a few names of 1000 hosts', (i) => [Math.floor(i / 1000) + 1, (i % 1000) + 1]],
    ['one tag', (i) => [1, 0, i + 1]],
    ['160 names with 160 tags', (i) => [(i % 160) + 1, 0, Math.floor(i / 160) + 1]],
    ['pairs', (i) => [1, 0, (i % 160) + 1, Math.floor(i / 160) + 161]],
    ['hosts with tags', (i) => [1, (i % 160) + 1, Math.floor(i / 160) + 1]],
    ['three tags', (i) => [1, 0, (i % 30) + 1, (Math.floor(i / 30) % 30) + 31, Math.floor(i / 900) + 61]],
  ];
}

describe('the hash of contexts', () => {
  afterEach(() => vi.restoreAllMocks());

  test.each(patterns())('lets contexts be found within a few slots: %s', (_, pattern) => {
    const hashes: number[] = [];
    const { add } = HashIndex.prototype;
    vi.spyOn(HashIndex.prototype, 'add').mockImplementation(function (this: HashIndex, id, hash) {
      // The index also adds what it had before it grew.
      if (id > hashes.length) hashes.push(hash);
      add.call(this, id, hash);
    });
    const identity = (text: string) => text;
    const contexts = new ContextStore(CAPACITY, new MetricNames(identity, () => {}), identity);
    for (let i = 0; i < CAPACITY - 1; i++) {
      const [nameId, hostId, ...tagIds] = pattern(i);
      contexts.add((nameId << KIND_BITS) | COUNTER, hostId, Int32Array.from(tagIds), tagIds.length, 0);
    }
    const mask = 2 ** 16 - 1;
    const isFull = new Uint8Array(mask + 1);
    let compared = 0;
    let most = 0;
    for (const hash of hashes) {
      let slots = 1;
      for (let slot = hash & mask; isFull[slot] === 1; slot = (slot + 1) & mask) slots++;
      isFull[(hash + slots - 1) & mask] = 1;
      compared += slots;
      most = Math.max(most, slots);
    }
    expect(hashes.length).toBeGreaterThan(26_000);
    expect(compared / hashes.length).toBeLessThan(1.6);
    expect(most).toBeLessThan(60);
  });
});
