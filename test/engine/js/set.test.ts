// The sets of the TypeScript engine with made-up hashes that collide as those of a good hash function do not.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BLOCK_CAPACITIES, type Block, Memory } from '../../../src/engine/js/memory.js';
import { SetCell } from '../../../src/engine/js/set.js';
import { fixedRuns } from '../support/properties.js';

const LARGEST_LEAF_SLOTS = 512;

/** Memory that remembers the largest block that was allocated. */
class WatchedMemory extends Memory {
  largestCapacity = 0;

  override allocate(blockClass: number): Block | undefined {
    this.largestCapacity = Math.max(this.largestCapacity, BLOCK_CAPACITIES[blockClass]);
    return super.allocate(blockClass);
  }
}

function expectExact(hashes: readonly bigint[]): void {
  const memory = new WatchedMemory(2 ** 28);
  const set = new SetCell(memory.allocate(0)!);
  const expected = new Set<bigint>();
  for (const hash of [...hashes, ...hashes]) {
    // The hash 0 is replaced by 1 because 0 marks an empty slot.
    expected.add(hash === 0n ? 1n : hash);
    const isAdded = set.add(Number(BigInt.asIntN(32, hash)), Number(BigInt.asIntN(32, hash >> 32n)), memory);
    if (!isAdded || set.count !== expected.size) throw new Error(`${hash} makes ${set.count} of ${expected.size} members`);
  }
  expect(memory.largestCapacity).toBeLessThanOrEqual(LARGEST_LEAF_SLOTS);
  set.free(memory);
  expect(memory.liveBytes).toBe(0);
}

describe('a set of hashes', () => {
  test.each<[name: string, hashAt: (i: bigint) => bigint]>([
    ['differ in their lowest bits only', (i) => i],
    ['differ in their lowest bits only, below a common rest', (i) => 0xfedcba9876540000n | i],
    ['differ in their highest bits only', (i) => i << 52n],
    ['differ in their middle bits only', (i) => (i << 26n) | 5n],
    ['agree in their lowest nine bits', (i) => (i << 9n) | 0x1ffn],
    ['agree in their highest 32 bits', (i) => 0x8000000000000000n | (i * 0x9e3779b1n)],
    ['agree in their low word', (i) => (i * 0x9e3779b1n) << 32n],
  ])('is exact when they %s', (_name, hashAt) => {
    expectExact(Array.from({ length: 3000 }, (_, i) => BigInt.asUintN(64, hashAt(BigInt(i)))));
  });

  test('is exact for any hashes', () => {
    const bits = fc.constantFrom(4n, 9n, 12n, 40n, 64n);
    const hashes = fc
      .tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), bits, fc.integer({ min: 0, max: 55 }))
      .chain(([base, width, shift]) =>
        fc
          .array(fc.bigInt({ min: 0n, max: 2n ** width - 1n }), { minLength: 1, maxLength: 1000, size: 'max' })
          .map((list) => list.map((value) => BigInt.asUintN(64, base ^ (value << BigInt(shift))))),
      );
    fc.assert(fc.property(hashes, expectExact), fixedRuns(30));
  });
});
