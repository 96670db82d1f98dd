import type { Deflate } from 'pako';
import { builtin } from '../runtime/builtin.js';
import { nextTurn } from '../runtime/real-timers.js';

/** How a body is compressed. `deflate` is the zlib format (RFC 1950), as HTTP defines it. */
export type Compression = 'gzip' | 'deflate' | 'none';

export interface Compressor {
  compress(body: Uint8Array, compression: Compression): Promise<Uint8Array>;
  /** The inverse of `compress`. Rejects for a body that `compress` did not make. */
  decompress(body: Uint8Array, compression: Compression): Promise<Uint8Array>;
}

/** `inflate` is the inverse of both methods: it recognises the format. */
type Library = Record<'gzip' | 'deflate' | 'inflate', (body: Uint8Array) => Promise<Uint8Array>>;

/** pako compresses parts of this size. Each takes about 7 ms without a compiler for JavaScript. */
const PART_BYTES = 16_384;

/** Loads a library when the first body needs it. */
function lazyCompressor(load: () => Promise<Library>): Compressor {
  let loading: Promise<Library> | undefined;
  const library = (): Promise<Library> => {
    loading ??= load();
    return loading;
  };
  return {
    compress: async (body, compression) => (compression === 'none' ? body : (await library())[compression](body)),
    decompress: async (body, compression) => (compression === 'none' ? body : (await library()).inflate(body)),
  };
}

/** Uses node:zlib, which compresses on the thread pool, so that the event loop stays free. */
export const zlibCompressor = lazyCompressor(loadZlib);

/** Uses node:zlib. Where that is missing, it uses pako on the event loop, a part at a time. */
export const defaultCompressor = lazyCompressor(() => loadZlib().catch(loadPako));

async function loadZlib(): Promise<Library> {
  const { gzip, deflate, unzip } = builtin('node:zlib');
  return { gzip: promise(gzip), deflate: promise(deflate), inflate: promise(unzip) };
}

type Callback = (error: Error | null, result: Uint8Array) => void;

function promise(run: (body: Uint8Array, callback: Callback) => void): (body: Uint8Array) => Promise<Uint8Array> {
  return (body) =>
    new Promise((resolve, reject) => {
      run(body, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
}

async function loadPako(): Promise<Library> {
  const { Deflate, ungzip } = await import('pako');
  let last: Promise<unknown> = Promise.resolve();
  // One body after the other: with several at once, each turn of the event loop would compress a part of each.
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

/** Lets the event loop do other work after each part. */
async function compressInParts(deflate: Deflate, body: Uint8Array): Promise<Uint8Array> {
  let begin = 0;
  do {
    const end = begin + PART_BYTES;
    deflate.push(body.subarray(begin, end), end >= body.length);
    begin = end;
    await nextTurn();
  } while (begin < body.length);
  if (deflate.err !== 0) throw new Error(`pako failed: ${deflate.msg}`);
  return deflate.result;
}
