// The first 64 bits of MurmurHash3_x86_128 (Austin Appleby, public domain, smhasher/src/MurmurHash3.cpp). This is the variant
// for 32-bit words, because the TypeScript engine can compute it with Math.imul.

const C1: u32 = 0x239b961b;
const C2: u32 = 0xab0e9789;
const C3: u32 = 0x38b34ae5;
const C4: u32 = 0xa1e38b93;

/** Returns the hash of `bytes` bytes. Their number must be even, because members are code units. */
export function murmur3(address: usize, bytes: u32, seed: u32): u64 {
  let h1 = seed;
  let h2 = seed;
  let h3 = seed;
  let h4 = seed;
  const rest = bytes & 15;
  const end = address + (bytes - rest);
  for (let at = address; at < end; at += 16) {
    h1 = (rotl<u32>(h1 ^ (rotl<u32>(load<u32>(at) * C1, 15) * C2), 19) + h2) * 5 + 0x561ccd1b;
    h2 = (rotl<u32>(h2 ^ (rotl<u32>(load<u32>(at, 4) * C2, 16) * C3), 17) + h3) * 5 + 0x0bcaa747;
    h3 = (rotl<u32>(h3 ^ (rotl<u32>(load<u32>(at, 8) * C3, 17) * C4), 15) + h4) * 5 + 0x96cd1c35;
    h4 = (rotl<u32>(h4 ^ (rotl<u32>(load<u32>(at, 12) * C4, 18) * C1), 13) + h1) * 5 + 0x32ac3b17;
  }
  if (rest > 12) h4 ^= rotl<u32>(loadTail(end + 12, rest - 12) * C4, 18) * C1;
  if (rest > 8) h3 ^= rotl<u32>(loadTail(end + 8, rest - 8) * C3, 17) * C4;
  if (rest > 4) h2 ^= rotl<u32>(loadTail(end + 4, rest - 4) * C2, 16) * C3;
  if (rest > 0) h1 ^= rotl<u32>(loadTail(end, rest) * C1, 15) * C2;
  h1 ^= bytes;
  h2 ^= bytes;
  h3 ^= bytes;
  h4 ^= bytes;
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
