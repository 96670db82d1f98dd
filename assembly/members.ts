// The members of sets, as the sample buffer holds them, and their hashes.

import { MEMBERS } from './layout';
import { murmur3 } from './murmur3';

// The parts of a member's length, as in src/engine/sample-buffer.ts.
/** Set if the member is a number: its bytes are those of a double. */
const NUMBER: u32 = 0x80000000;
const LENGTH_MASK: u32 = 0x7fffffff;

let textSeed: u32 = 0;
let numberSeed: u32 = 0;

/** There are two seeds, so that the number 1 and the text "1" are different members even where their bytes agree. */
export function seedHashes(seed: u32): void {
  textSeed = seed;
  numberSeed = ~seed;
}

/** Returns the hash of the member that begins `offsetUnits` code units into the member buffer. */
export function memberHash(offsetUnits: u32, lengthAndFlag: u32): u64 {
  const seed = lengthAndFlag & NUMBER ? numberSeed : textSeed;
  return murmur3(MEMBERS + (offsetUnits << 1), lengthAndFlag & LENGTH_MASK, seed);
}
