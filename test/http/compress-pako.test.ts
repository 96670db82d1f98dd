// What pako does where node:zlib is missing.

import { gunzipSync, inflateSync } from 'node:zlib';
import type * as Pako from 'pako';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Compressor } from '../../src/http/compress.js';
import { hideBuiltin } from '../support/hide-builtin.js';

const PART_BYTES = 16_384;

/** What pako was fed, and in which turn of the event loop. */
let pushes: { turn: number; bytes: number }[];
let turn: number;
let counting: NodeJS.Immediate;
/** Whether pako fails from here on. */
let isBroken: boolean;
let compress: Compressor['compress'];

beforeEach(async () => {
  pushes = [];
  turn = 0;
  isBroken = false;
  vi.resetModules();
  hideBuiltin('node:zlib');
  vi.doMock('pako', async (load) => {
    const pako = (await load()) as typeof Pako;
    class Deflate extends pako.Deflate {
      override push(data: Uint8Array, isLast?: boolean): boolean {
        pushes.push({ turn, bytes: data.length });
        if (isBroken) Object.assign(this, { err: -2, msg: 'stream error' });
        return !isBroken && super.push(data, isLast);
      }
    }
    return { ...pako, Deflate };
  });
  ({ compress } = (await import('../../src/http/compress.js')).defaultCompressor);
  const count = (): void => {
    turn++;
    counting = setImmediate(count);
  };
  count();
});

afterEach(() => {
  clearImmediate(counting);
  vi.doUnmock('pako');
});

function bodyOf(bytes: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: bytes }, (_, i) => i ^ (i >>> 5)));
}

test('a body is compressed in parts, with a turn of the event loop between', async () => {
  const body = bodyOf(10 * PART_BYTES + 1);
  expect(gunzipSync(await compress(body, 'gzip')).equals(body)).toBe(true);
  expect(pushes.map(({ bytes }) => bytes)).toEqual([...Array(10).fill(PART_BYTES), 1]);
  expect(new Set(pushes.map((push) => push.turn)).size).toBe(11);
});

test('several bodies at once do not share a turn', async () => {
  const bodies = [3 * PART_BYTES, 0, 1000, 2 * PART_BYTES, 40_000].map(bodyOf);
  const compressed = await Promise.all(bodies.map((body) => compress(body, 'deflate')));
  for (const [i, body] of bodies.entries()) expect(inflateSync(compressed[i]).equals(body)).toBe(true);
  expect(pushes).toHaveLength(3 + 1 + 1 + 2 + 3);
  expect(new Set(pushes.map((push) => push.turn)).size).toBe(pushes.length);
});

test('a failure rejects, and the next body is compressed', async () => {
  isBroken = true;
  await expect(compress(bodyOf(10), 'gzip')).rejects.toThrow('stream error');
  isBroken = false;
  expect(gunzipSync(await compress(bodyOf(10), 'gzip')).equals(bodyOf(10))).toBe(true);
});
