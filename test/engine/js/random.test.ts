import { describe, expect, test } from 'vitest';
import { Random } from '../../../src/engine/js/random.js';

const MASK = 0xffffffffn;

function rotated(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (32n - bits))) & MASK;
}

function mixed(word: bigint): bigint {
  const first = ((word ^ (word >> 16n)) * 0x85ebca6bn) & MASK;
  const second = ((first ^ (first >> 13n)) * 0xc2b2ae35n) & MASK;
  return second ^ (second >> 16n);
}

/** xoshiro128** 1.1, written with big integers. Its words are seeded by SplitMix32, which mixes multiples of the golden ratio. */
function* reference(seed: number): Generator<number> {
  const s = [1n, 2n, 3n, 4n].map((i) => mixed((BigInt(seed) + i * 0x9e3779b9n) & MASK));
  for (;;) {
    yield Number((rotated((s[1] * 5n) & MASK, 7n) * 9n) & MASK);
    const t = (s[1] << 9n) & MASK;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotated(s[3], 11n);
  }
}

describe('the generator of the reservoirs', () => {
  test.each([0, 1, 42, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 0x61c88647])('is xoshiro128** for the seed %d', (seed) => {
    const random = new Random(seed);
    const expected = reference(seed);
    for (let i = 0; i < 1000; i++) expect(random.next()).toBe(expected.next().value);
  });
});
