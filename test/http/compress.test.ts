import { readFileSync } from 'node:fs';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { defaultCompressor } from '../../src/http/compress.js';

const { compress } = defaultCompressor;

const bodies = {
  empty: Buffer.alloc(0),
  short: Buffer.from('{"series":[]}'),
  text: readFileSync(new URL(import.meta.url)),
  random: noise(100_000),
  // pako would be fed 16 KiB at a time.
  'one byte less than a part': noise(16_383),
  'one part': noise(16_384),
  'one byte more than a part': noise(16_385),
  'several whole parts': noise(3 * 16_384),
  'part of a larger buffer': noise(70_000).subarray(1000, 69_000),
  'one byte over and over': Buffer.alloc(300_000, 'a'),
};

/** Bytes that hardly shrink. */
function noise(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24));
}

describe.each(Object.entries(bodies))('%s', (_, body) => {
  test('none leaves a body as it is', async () => {
    expect(await compress(body, 'none')).toBe(body);
  });

  test('gzip is undone by gunzip', async () => {
    expect(gunzipSync(await compress(body, 'gzip')).equals(body)).toBe(true);
  });

  test('deflate is undone by inflate, being the zlib format', async () => {
    expect(inflateSync(await compress(body, 'deflate')).equals(body)).toBe(true);
  });
});

test('node:zlib compresses wherever it exists, and pako is not loaded', async () => {
  const pako = vi.fn();
  vi.resetModules();
  vi.doMock('pako', async (load) => {
    pako();
    return load();
  });
  try {
    const { defaultCompressor: fresh } = await import('../../src/http/compress.js');
    await fresh.compress(bodies.text, 'none');
    await fresh.compress(bodies.text, 'gzip');
    expect(pako).not.toHaveBeenCalled();
  } finally {
    vi.doUnmock('pako');
  }
});
