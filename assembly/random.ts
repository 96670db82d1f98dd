// xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018). The TypeScript engine
// has the same generator with the same seeding, so both replace the same reservoir slots.

let s0: u32 = 0;
let s1: u32 = 0;
let s2: u32 = 0;
let s3: u32 = 0;

/** Seeds the four words from one, by SplitMix32 as its authors advise; no seed leads to the all-zero state. */
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

/** 32 random bits. */
export function nextRandom(): u32 {
  const result = rotl<u32>(s1 * 5, 7) * 9;
  const t = s1 << 9;
  s2 ^= s0;
  s3 ^= s1;
  s1 ^= s2;
  s0 ^= s3;
  s2 ^= t;
  s3 = rotl<u32>(s3, 11);
  return result;
}
