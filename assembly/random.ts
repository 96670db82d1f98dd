// The random number generator of the reservoirs: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number
// generators", 2018). The TypeScript engine has the same generator with the same seeding, so both engines replace the same
// kept samples.

import { RANDOM_CAPACITY, RANDOM_NUMBERS } from './layout';

const NUMBERS_END: usize = RANDOM_NUMBERS + 4 * RANDOM_CAPACITY;

/** Address of the next number. */
let next: usize = NUMBERS_END;

let s0: u32 = 0;
let s1: u32 = 0;
let s2: u32 = 0;
let s3: u32 = 0;

/** Derives the four words of the state from one seed by SplitMix32, as the authors advise. No seed yields the all-zero state. */
export function seedRandom(seed: u32): void {
  s0 = splitMix(seed + 0x9e3779b9);
  s1 = splitMix(seed + 0x3c6ef372);
  s2 = splitMix(seed + 0xdaa66d2b);
  s3 = splitMix(seed + 0x78dde6e4);
}

function splitMix(state: u32): u32 {
  let z = state;
  z = (z ^ (z >> 16)) * 0x85ebca6b;
  z = (z ^ (z >> 13)) * 0xc2b2ae35;
  return z ^ (z >> 16);
}

/** Returns 32 random bits. */
export function nextRandom(): u32 {
  if (next == NUMBERS_END) refill();
  const number = load<u32>(next);
  next += 4;
  return number;
}

/** Generates many numbers at once, so that the state stays in registers. */
function refill(): void {
  let a = s0;
  let b = s1;
  let c = s2;
  let d = s3;
  for (let at = RANDOM_NUMBERS; at < NUMBERS_END; at += 4) {
    store<u32>(at, rotl<u32>(b * 5, 7) * 9);
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotl<u32>(d, 11);
  }
  s0 = a;
  s1 = b;
  s2 = c;
  s3 = d;
  next = RANDOM_NUMBERS;
}
