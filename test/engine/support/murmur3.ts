// MurmurHash3_x86_128, written from its description with big integers, to check the engines against.

const MASK = 0xffffffffn;
const C = [0x239b961bn, 0xab0e9789n, 0x38b34ae5n, 0xa1e38b93n];
const FIRST_SHIFT = [15n, 16n, 17n, 18n];
const SECOND_SHIFT = [19n, 17n, 15n, 13n];
const ADDED = [0x561ccd1bn, 0x0bcaa747n, 0x96cd1c35n, 0x32ac3b17n];

function rotated(word: bigint, bits: bigint): bigint {
  return ((word << bits) | (word >> (32n - bits))) & MASK;
}

function scrambled(word: bigint, lane: number): bigint {
  return (rotated((word * C[lane]) & MASK, FIRST_SHIFT[lane]) * C[(lane + 1) % 4]) & MASK;
}

function finalized(word: bigint): bigint {
  const first = ((word ^ (word >> 16n)) * 0x85ebca6bn) & MASK;
  const second = ((first ^ (first >> 13n)) * 0xc2b2ae35n) & MASK;
  return second ^ (second >> 16n);
}

/** Returns the little-endian word at `at`. Bytes beyond the end count as zeros. */
function wordAt(bytes: Uint8Array, at: number): bigint {
  let word = 0n;
  for (let i = 3; i >= 0; i--) word = (word << 8n) | BigInt(bytes[at + i] ?? 0);
  return word;
}

/** Returns the four 32-bit words of the hash. */
export function murmur3x86x128(bytes: Uint8Array, seed: number): [number, number, number, number] {
  const h = new Array<bigint>(4).fill(BigInt(seed >>> 0));
  const tail = bytes.length - (bytes.length % 16);
  for (let at = 0; at < tail; at += 16) {
    for (let lane = 0; lane < 4; lane++) {
      h[lane] ^= scrambled(wordAt(bytes, at + 4 * lane), lane);
      h[lane] = (rotated(h[lane], SECOND_SHIFT[lane]) + h[(lane + 1) % 4]) & MASK;
      h[lane] = (h[lane] * 5n + ADDED[lane]) & MASK;
    }
  }
  for (let lane = 0; lane < 4; lane++) {
    if (tail + 4 * lane < bytes.length) h[lane] ^= scrambled(wordAt(bytes, tail + 4 * lane), lane);
    h[lane] ^= BigInt(bytes.length);
  }
  for (const step of [(word: bigint) => word, finalized]) {
    for (let lane = 0; lane < 4; lane++) h[lane] = step(h[lane]);
    h[0] = (h[0] + h[1] + h[2] + h[3]) & MASK;
    for (let lane = 1; lane < 4; lane++) h[lane] = (h[lane] + h[0]) & MASK;
  }
  return [Number(h[0]), Number(h[1]), Number(h[2]), Number(h[3])];
}
