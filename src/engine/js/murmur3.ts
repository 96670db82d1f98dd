// The first 64 bits of MurmurHash3_x86_128 (Austin Appleby, public domain, smhasher/src/MurmurHash3.cpp), as in
// assembly/murmur3.ts.

const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/** Computes the hash of code units, which are two bytes each. */
export class Murmur3 {
  /** First 32 bits of the hash that was computed last. */
  low = 0;
  /** Next 32 bits of it. */
  high = 0;

  /** Hashes `count` units from `begin` on. */
  compute(units: Uint16Array, begin: number, count: number, seed: number): void {
    let h1 = seed;
    let h2 = seed;
    let h3 = seed;
    let h4 = seed;
    const rest = count % 8;
    const end = begin + count - rest;
    for (let at = begin; at < end; at += 8) {
      h1 = scramble(h1, word(units, at), C1, 15, C2);
      h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
      h2 = scramble(h2, word(units, at + 2), C2, 16, C3);
      h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
      h3 = scramble(h3, word(units, at + 4), C3, 17, C4);
      h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
      h4 = scramble(h4, word(units, at + 6), C4, 18, C1);
      h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
    }
    if (rest > 6) h4 = scramble(h4, tail(units, end + 6, rest - 6), C4, 18, C1);
    if (rest > 4) h3 = scramble(h3, tail(units, end + 4, rest - 4), C3, 17, C4);
    if (rest > 2) h2 = scramble(h2, tail(units, end + 2, rest - 2), C2, 16, C3);
    if (rest > 0) h1 = scramble(h1, tail(units, end, rest), C1, 15, C2);
    const bytes = count * 2;
    h1 ^= bytes;
    h2 ^= bytes;
    h3 ^= bytes;
    h4 ^= bytes;
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = (h2 + h1) | 0;
    h3 = (h3 + h1) | 0;
    h4 = (h4 + h1) | 0;
    h1 = mix(h1);
    h2 = mix(h2);
    h3 = mix(h3);
    h4 = mix(h4);
    this.low = (h1 + h2 + h3 + h4) | 0;
    this.high = (h2 + this.low) | 0;
  }
}

function scramble(h: number, k: number, first: number, shift: number, second: number): number {
  const product = Math.imul(k, first);
  return h ^ Math.imul((product << shift) | (product >>> (32 - shift)), second);
}

function word(units: Uint16Array, at: number): number {
  return units[at] | (units[at + 1] << 16);
}

function tail(units: Uint16Array, at: number, count: number): number {
  return count >= 2 ? word(units, at) : units[at];
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
