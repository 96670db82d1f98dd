// The members of sets, as the sample buffer holds them, and their hashes.
//
// A member that fits into the member buffer is hashed when its sample is applied. A longer one is hashed in parts before:
// its sample then says that the hash is ready.

import { MEMBERS } from './layout';
import { hashBlocks, hashFinish, hashStart } from './murmur3';

// Flags of a member's length, as in src/engine/sample-buffer.ts.
/** The member is a number: its bytes are those of a double. */
const NUMBER: u32 = 0x80000000;
/** The member was hashed in parts before. */
const HASHED: u32 = 0x40000000;
const LENGTH_MASK: u32 = 0x3fffffff;

let textSeed: u32 = 0;
let numberSeed: u32 = 0;
let partsHash: u64 = 0;

/** There are two seeds, so that the number 1 and the text "1" are different members even where their bytes agree. */
export function seedHashes(seed: u32): void {
  textSeed = seed;
  numberSeed = ~seed;
}

/** Returns the hash of the member that begins `offsetUnits` code units into the member buffer. */
export function memberHash(offsetUnits: u32, lengthAndFlags: u32): u64 {
  if (lengthAndFlags & HASHED) return partsHash;
  const bytes = lengthAndFlags & LENGTH_MASK;
  const address = MEMBERS + (offsetUnits << 1);
  hashStart(lengthAndFlags & NUMBER ? numberSeed : textSeed);
  const whole = bytes & ~15;
  hashBlocks(address, whole);
  return hashFinish(address + whole, bytes - whole);
}

/** Begins the hash of a text that is longer than the member buffer. */
export function startMember(): void {
  hashStart(textSeed);
}

/**
 * Hashes the next part of that text, which lies at the beginning of the member buffer. All parts but the last must be whole
 * 16-byte blocks.
 */
export function addMemberPart(bytes: u32, last: bool): void {
  const whole = bytes & ~15;
  hashBlocks(MEMBERS, whole);
  if (last) partsHash = hashFinish(MEMBERS + whole, bytes - whole);
}
