// The first 64 bits of MurmurHash3_x86_128 (Austin Appleby, public domain, smhasher/src/MurmurHash3.cpp). This is the variant
// for 32-bit words, because the TypeScript engine can compute it with Math.imul.
//
// A hash is computed in three steps, so that a member longer than the member buffer can be hashed in parts: hashStart,
// then hashBlocks for whole 16-byte blocks, then hashFinish.

const C1: u32 = 0x239b961b;
const C2: u32 = 0xab0e9789;
const C3: u32 = 0x38b34ae5;
const C4: u32 = 0xa1e38b93;

let h1: u32 = 0;
let h2: u32 = 0;
let h3: u32 = 0;
let h4: u32 = 0;
let hashedBytes: u32 = 0;

export function hashStart(seed: u32): void {
  h1 = seed;
  h2 = seed;
  h3 = seed;
  h4 = seed;
  hashedBytes = 0;
}

/** Hashes `bytes` bytes, which must be a multiple of 16. */
export function hashBlocks(address: usize, bytes: u32): void {
  const end = address + bytes;
  for (let at = address; at < end; at += 16) {
    h1 = (rotl<u32>(h1 ^ (rotl<u32>(load<u32>(at) * C1, 15) * C2), 19) + h2) * 5 + 0x561ccd1b;
    h2 = (rotl<u32>(h2 ^ (rotl<u32>(load<u32>(at, 4) * C2, 16) * C3), 17) + h3) * 5 + 0x0bcaa747;
    h3 = (rotl<u32>(h3 ^ (rotl<u32>(load<u32>(at, 8) * C3, 17) * C4), 15) + h4) * 5 + 0x96cd1c35;
    h4 = (rotl<u32>(h4 ^ (rotl<u32>(load<u32>(at, 12) * C4, 18) * C1), 13) + h1) * 5 + 0x32ac3b17;
  }
  hashedBytes += bytes;
}

/** Hashes the last `bytes` bytes and returns the hash. They must be fewer than 16, and even because members are code units. */
export function hashFinish(address: usize, bytes: u32): u64 {
  if (bytes > 12) h4 ^= rotl<u32>(loadTail(address + 12, bytes - 12) * C4, 18) * C1;
  if (bytes > 8) h3 ^= rotl<u32>(loadTail(address + 8, bytes - 8) * C3, 17) * C4;
  if (bytes > 4) h2 ^= rotl<u32>(loadTail(address + 4, bytes - 4) * C2, 16) * C3;
  if (bytes > 0) h1 ^= rotl<u32>(loadTail(address, bytes) * C1, 15) * C2;

  const length = hashedBytes + bytes;
  h1 ^= length;
  h2 ^= length;
  h3 ^= length;
  h4 ^= length;
  h1 += h2 + h3 + h4;
  h2 += h1;
  h3 += h1;
  h4 += h1;
  h1 = mix(h1);
  h2 = mix(h2);
  h3 = mix(h3);
  h4 = mix(h4);
  h1 += h2 + h3 + h4;
  h2 += h1;
  return ((<u64>h2) << 32) | <u64>h1;
}

function loadTail(address: usize, bytes: u32): u32 {
  return bytes >= 4 ? load<u32>(address) : <u32>load<u16>(address);
}

function mix(word: u32): u32 {
  let h = word;
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}
