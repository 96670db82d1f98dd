import { describe, expect, test } from 'vitest';
import { Murmur3 } from '../../../src/engine/js/murmur3.js';
import { murmur3x86x128 } from '../support/murmur3.js';
import { InputRandom } from '../support/random.js';

/** The verification value of SMHasher for "Murmur3C", MurmurHash3 for x86 with 128 bits (aappleby/smhasher, src/main.cpp). */
const SMHASHER_VERIFICATION = 0xb3ece62a;

function bytesOf(units: Uint16Array): Uint8Array {
  return new Uint8Array(units.buffer, units.byteOffset, units.byteLength);
}

function hash(units: Uint16Array, seed: number): [number, number] {
  const murmur3 = new Murmur3();
  murmur3.compute(units, 0, units.length, seed | 0);
  return [murmur3.low >>> 0, murmur3.high >>> 0];
}

describe('the reference implementation of these tests', () => {
  test('passes the verification of SMHasher', () => {
    // SMHasher hashes the keys {}, {0}, {0, 1}, ... with the seeds 256, 255, ..., and then the concatenation of the hashes.
    const hashes = new Uint8Array(256 * 16);
    for (let length = 0; length < 256; length++) {
      const key = Uint8Array.from({ length }, (_, i) => i);
      hashes.set(new Uint8Array(Uint32Array.from(murmur3x86x128(key, 256 - length)).buffer), length * 16);
    }
    expect(murmur3x86x128(hashes, 0)[0]).toBe(SMHASHER_VERIFICATION);
  });
});

describe('the hash of members', () => {
  test('of an empty member with the seed 0 is 0', () => {
    expect(hash(new Uint16Array(0), 0)).toEqual([0, 0]);
  });

  test('is the first 64 bits of MurmurHash3_x86_128 for members of any length', () => {
    const random = new InputRandom(11);
    for (let length = 0; length <= 100; length++) {
      for (const seed of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
        const units = Uint16Array.from({ length }, () => random.below(65536));
        expect(hash(units, seed)).toEqual(murmur3x86x128(bytesOf(units), seed).slice(0, 2));
      }
    }
  });

  test('depends neither on where the code units lie nor on what follows them', () => {
    const units = Uint16Array.from({ length: 30 }, (_, i) => 65535 - i);
    for (let length = 0; length <= 20; length++) {
      for (let begin = 0; begin <= 10; begin += 2) {
        const murmur3 = new Murmur3();
        murmur3.compute(units, begin, length, 5);
        const alone = units.slice(begin, begin + length);
        expect([murmur3.low >>> 0, murmur3.high >>> 0]).toEqual(hash(alone, 5));
      }
    }
  });
});
