import { isPureJs } from './pure-js.js';

/** How a body is compressed; `deflate` is the zlib format (RFC 1950), as HTTP defines it. */
export type Compression = 'gzip' | 'deflate' | 'none';

type Compressor = Record<'gzip' | 'deflate', (body: Uint8Array) => Uint8Array | Promise<Uint8Array>>;

let compressor: Promise<Compressor> | undefined;

/**
 * Compresses a body: with node:zlib on its thread pool, so that the event loop stays free; with pako, on the event
 * loop, in pure-JS mode and where node:zlib is missing. Neither is loaded before the first body that needs it.
 */
export async function compress(body: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === 'none') return body;
  compressor ??= isPureJs() ? loadPako() : loadZlib().catch(loadPako);
  return (await compressor)[compression](body);
}

async function loadZlib(): Promise<Compressor> {
  const [zlib, { promisify }] = await Promise.all([import('node:zlib'), import('node:util')]);
  return {
    gzip: promisify<Uint8Array, Uint8Array>(zlib.gzip),
    deflate: promisify<Uint8Array, Uint8Array>(zlib.deflate),
  };
}

async function loadPako(): Promise<Compressor> {
  const { gzip, deflate } = await import('pako');
  return { gzip: (body) => gzip(body), deflate: (body) => deflate(body) };
}
