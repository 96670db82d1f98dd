import { setImmediate } from 'node:timers/promises';
import type { Deflate } from 'pako';
import { isPureJs } from '../runtime/pure-js.js';

/** How a body is compressed; `deflate` is the zlib format (RFC 1950), as HTTP defines it. */
export type Compression = 'gzip' | 'deflate' | 'none';

type Method = (body: Uint8Array) => Promise<Uint8Array>;

/** The inverse of both is one: it tells them apart. */
type Compressor = Record<'gzip' | 'deflate' | 'inflate', Method>;

/** What pako is fed at a time: in pure-JS mode it takes some 7 ms for this. */
const PART_BYTES = 16_384;

let loading: Promise<Compressor> | undefined;

function load(): Promise<Compressor> {
  loading ??= isPureJs() ? loadPako() : loadZlib().catch(loadPako);
  return loading;
}

/**
 * Compresses a body: with node:zlib on its thread pool, so that the event loop stays free; with pako, on the event
 * loop but a part at a time, in pure-JS mode and where node:zlib is missing. Neither is loaded before the first body that needs it.
 * @internal
 */
export async function compress(body: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === 'none') return body;
  return (await load())[compression](body);
}

/**
 * The inverse of `compress`. Rejects for what that has not made.
 * @internal
 */
export async function decompress(body: Uint8Array, compression: Compression): Promise<Uint8Array> {
  return compression === 'none' ? body : (await load()).inflate(body);
}

async function loadZlib(): Promise<Compressor> {
  const [zlib, { promisify }] = await Promise.all([import('node:zlib'), import('node:util')]);
  return {
    gzip: promisify<Uint8Array, Uint8Array>(zlib.gzip),
    deflate: promisify<Uint8Array, Uint8Array>(zlib.deflate),
    inflate: promisify<Uint8Array, Uint8Array>(zlib.unzip),
  };
}

async function loadPako(): Promise<Compressor> {
  const { Deflate, ungzip } = await import('pako');
  let last: Promise<unknown> = Promise.resolve();
  // One body after the other: together they would hold the event loop for as many parts a turn.
  const inTurn = (body: Uint8Array, isGzip: boolean): Promise<Uint8Array> => {
    const compressed = last.then(() => compressInParts(new Deflate({ gzip: isGzip }), body));
    last = compressed.then(ignore, ignore);
    return compressed;
  };
  return {
    gzip: (body) => inTurn(body, true),
    deflate: (body) => inTurn(body, false),
    inflate: async (body) => ungzip(body),
  };
}

function ignore(): void {}

/** Gives the event loop a turn after each part. */
async function compressInParts(deflate: Deflate, body: Uint8Array): Promise<Uint8Array> {
  let begin = 0;
  do {
    const end = begin + PART_BYTES;
    deflate.push(body.subarray(begin, end), end >= body.length);
    begin = end;
    await setImmediate();
  } while (begin < body.length);
  if (deflate.err !== 0) throw new Error(`pako failed: ${deflate.msg}`);
  return deflate.result;
}
