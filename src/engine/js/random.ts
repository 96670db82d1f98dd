const NUMBERS_AT_A_TIME = 256;

/**
 * The random number generator of the reservoirs: xoshiro128** 1.1, seeded by SplitMix32. It yields the same numbers as
 * assembly/random.ts.
 */
export class Random {
  #s0: number;
  #s1: number;
  #s2: number;
  #s3: number;

  /** The next numbers. Many are generated at once, so that the state stays in registers. */
  readonly #numbers = new Uint32Array(NUMBERS_AT_A_TIME);
  #next = NUMBERS_AT_A_TIME;

  constructor(seed: number) {
    this.#s0 = splitMix(seed + 0x9e3779b9);
    this.#s1 = splitMix(seed + 0x3c6ef372);
    this.#s2 = splitMix(seed + 0xdaa66d2b);
    this.#s3 = splitMix(seed + 0x78dde6e4);
  }

  /** Returns 32 random bits as an unsigned integer. */
  next(): number {
    if (this.#next === NUMBERS_AT_A_TIME) this.#refill();
    return this.#numbers[this.#next++];
  }

  #refill(): void {
    const numbers = this.#numbers;
    let s0 = this.#s0;
    let s1 = this.#s1;
    let s2 = this.#s2;
    let s3 = this.#s3;
    for (let i = 0; i < NUMBERS_AT_A_TIME; i++) {
      const times5 = Math.imul(s1, 5);
      numbers[i] = Math.imul((times5 << 7) | (times5 >>> 25), 9);
      const t = s1 << 9;
      s2 ^= s0;
      s3 ^= s1;
      s1 ^= s2;
      s0 ^= s3;
      s2 ^= t;
      s3 = (s3 << 11) | (s3 >>> 21);
    }
    this.#s0 = s0;
    this.#s1 = s1;
    this.#s2 = s2;
    this.#s3 = s3;
    this.#next = 0;
  }
}

function splitMix(state: number): number {
  let z = state | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
