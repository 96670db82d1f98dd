import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { Refusal } from './refusal.js';

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

/** A request's body as it came over the wire. */
export interface SentBody {
  /** Null when it was larger than what was asked to be kept, or did not arrive whole. */
  bytes: Buffer | null;
  bodyBytes: number;
  /** Whether it arrived whole. */
  complete: boolean;
}

const DECOMPRESSORS = new Map<string, Decompress>([
  ['gzip', promisify(zlib.gunzip) as Decompress],
  // HTTP's deflate is the zlib format, RFC 1950; a raw deflate stream is refused.
  ['deflate', promisify(zlib.inflate) as Decompress],
]);
const { zstdDecompress } = zlib as { zstdDecompress?: typeof zlib.gunzip };
if (zstdDecompress !== undefined) DECOMPRESSORS.set('zstd', promisify(zstdDecompress) as Decompress);

/** Reads a body to its end, also past the limit: a client that is still sending could not read its answer. */
export async function readBody(request: IncomingMessage, maxKeptBytes: number): Promise<SentBody> {
  let chunks: Buffer[] = [];
  let bodyBytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bodyBytes += chunk.length;
      if (bodyBytes <= maxKeptBytes) chunks.push(chunk);
      else chunks = [];
    }
  } catch {
    return { bytes: null, bodyBytes, complete: false };
  }
  return { bytes: bodyBytes <= maxKeptBytes ? Buffer.concat(chunks) : null, bodyBytes, complete: true };
}

/** Reads a body until its first bytes are there, or its end when it has none. */
export function readBodyBeginning(request: IncomingMessage): Promise<SentBody> {
  return new Promise((resolve) => {
    const settle = (bodyBytes: number) => resolve({ bytes: null, bodyBytes, complete: false });
    request.once('data', (chunk: Buffer) => settle(chunk.length));
    request.once('close', () => settle(0));
    request.once('end', () => settle(0));
  });
}

/** Content-Encoding in lower case, `identity` when there is none. */
export function encodingOf(request: IncomingMessage): string {
  return request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
}

/** Refuses encodings that are not understood: with a 400, as the statuses documented for the intake include no 415. */
export function checkEncoding(encoding: string): void {
  if (encoding === 'identity' || DECOMPRESSORS.has(encoding)) return;
  const known = ['identity', ...DECOMPRESSORS.keys()].join(', ');
  throw new Refusal(400, `Content-Encoding must be one of ${known}, not ${JSON.stringify(encoding)}`);
}

/** Undoes a known encoding; a body of more than `maxDecompressedBytes` is refused without being inflated any further. */
export async function decompress(bytes: Buffer, encoding: string, maxDecompressedBytes: number): Promise<Buffer> {
  const decompressor = DECOMPRESSORS.get(encoding);
  if (decompressor === undefined) return bytes;
  try {
    return await decompressor(bytes, { maxOutputLength: maxDecompressedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new Refusal(413, `the body must be at most ${maxDecompressedBytes} bytes once decompressed`);
    }
    throw new Refusal(400, `the body is not ${encoding}: ${(error as Error).message}`);
  }
}

export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Refusal(400, 'the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, `the body is not JSON: ${(error as Error).message}`);
  }
}
