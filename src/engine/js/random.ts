/** xoshiro128** 1.1, seeded by SplitMix32: the same generator as assembly/random.ts, number by number. */
export class Random {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  constructor(seed: number) {
    this.#s0 = splitMix(seed + 0x9e3779b9);
    this.#s1 = splitMix(seed + 0x3c6ef372);
    this.#s2 = splitMix(seed + 0xdaa66d2b);
    this.#s3 = splitMix(seed + 0x78dde6e4);
  }

  /** 32 random bits, unsigned. */
  next(): number {
    const s1 = this.#s1;
    const times5 = Math.imul(s1, 5);
    const result = Math.imul((times5 << 7) | (times5 >>> 25), 9);
    const s2 = this.#s2 ^ this.#s0;
    const s3 = this.#s3 ^ s1;
    this.#s1 = s1 ^ s2;
    this.#s0 ^= s3;
    this.#s2 = s2 ^ (s1 << 9);
    this.#s3 = (s3 << 11) | (s3 >>> 21);
    return result >>> 0;
  }
}

function splitMix(state: number): number {
  let z = state | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
