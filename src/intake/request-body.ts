import { Buffer } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { promisify, TextDecoder } from 'node:util';
import { builtin } from '../runtime/builtin.js';
import { HttpError } from './http-error.js';

// Not imported, because webpack turns an access of what older versions lack into an import of that name, which fails there.
const zlib = builtin('node:zlib');

type Decompress = (bytes: Uint8Array, options: { maxOutputLength: number }) => Promise<Buffer>;

/** A request's body as it was sent, not yet decompressed. */
export interface RequestBody {
  /** Null when the body was larger than the limit of `readBody`, or incomplete. */
  bytes: Buffer | null;
  bodyBytes: number;
  /** True if the body was received to its end. */
  isComplete: boolean;
}

const DECOMPRESSORS = new Map<string, Decompress>([
  ['gzip', promisify(zlib.gunzip) as Decompress],
  // HTTP's deflate is the zlib format, RFC 1950; a raw deflate stream is refused.
  ['deflate', promisify(zlib.inflate) as Decompress],
]);
const { zstdDecompress } = zlib as { zstdDecompress?: typeof zlib.gunzip };
/** Datadog documents `zstd1`, and its Agent sends `zstd`. */
const ZSTD: readonly string[] = ['zstd', 'zstd1'];
if (zstdDecompress !== undefined) {
  for (const name of ZSTD) DECOMPRESSORS.set(name, promisify(zstdDecompress) as Decompress);
}

/**
 * Reads a body to its end, and keeps at most `maxKeptBytes`. A larger body is read to its end as well, because a client that is
 * still sending could not read the answer.
 */
export async function readBody(request: IncomingMessage, maxKeptBytes: number): Promise<RequestBody> {
  let chunks: Buffer[] = [];
  let bodyBytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bodyBytes += chunk.length;
      if (bodyBytes <= maxKeptBytes) chunks.push(chunk);
      else chunks = [];
    }
  } catch {
    return { bytes: null, bodyBytes, isComplete: false };
  }
  return { bytes: bodyBytes <= maxKeptBytes ? Buffer.concat(chunks) : null, bodyBytes, isComplete: true };
}

/** Reads the first chunk of a body and keeps only its length. Resolves at the end of the request when there is no body. */
export function readFirstChunk(request: IncomingMessage): Promise<RequestBody> {
  return new Promise((resolve) => {
    const settle = (bodyBytes: number) => resolve({ bytes: null, bodyBytes, isComplete: false });
    request.once('data', (chunk: Buffer) => settle(chunk.length));
    request.once('close', () => settle(0));
    request.once('end', () => settle(0));
  });
}

/** Returns the Content-Encoding in lower case, or `identity` when the request has none. */
export function contentEncoding(request: IncomingMessage): string {
  return request.headers['content-encoding']?.trim().toLowerCase() || 'identity';
}

/** Refuses unknown encodings. The status is 400, because 415 is not among those that Datadog documents. */
export function checkEncoding(encoding: string): void {
  if (encoding === 'identity' || DECOMPRESSORS.has(encoding)) return;
  if (ZSTD.includes(encoding)) {
    const needed = 'Node.js 22.15, 23.8 or later';
    throw new HttpError(
      400,
      `a body with Content-Encoding ${encoding} can be decompressed only with ${needed}, and this is ${process.version}`,
    );
  }
  const known = ['identity', ...DECOMPRESSORS.keys()].join(', ');
  throw new HttpError(400, `Content-Encoding must be one of ${known}, not ${JSON.stringify(encoding)}`);
}

/** Decompresses a body of a known encoding. Stops and refuses it as soon as it exceeds `maxDecompressedBytes`. */
export async function decompress(bytes: Buffer, encoding: string, maxDecompressedBytes: number): Promise<Buffer> {
  const decompressor = DECOMPRESSORS.get(encoding);
  if (decompressor === undefined) return bytes;
  try {
    return await decompressor(bytes, { maxOutputLength: maxDecompressedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new HttpError(413, `the body must be at most ${maxDecompressedBytes} bytes once decompressed`);
    }
    throw new HttpError(400, `the body is not ${encoding}: ${(error as Error).message}`);
  }
}

export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new HttpError(400, 'the body is not UTF-8');
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, `the body is not JSON: ${(error as Error).message}`);
  }
}
