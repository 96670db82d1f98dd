import { Buffer } from 'node:buffer';
import type { Compressor } from '../compress.js';
import { endpointAt } from '../endpoints.js';
import { type EncodedRows, halveSeries } from '../series-body.js';
import { type QueuedPayload, type RawPayload, untriedPayload } from './retry-queue.js';

/** Returns the payload with its body compressed, or undefined when the body exceeds a limit of its endpoint. */
export async function compressPayload(raw: RawPayload, compressor: Compressor): Promise<QueuedPayload | undefined> {
  const { compression, release } = raw;
  const { maxBodyBytes, maxSentBytes } = endpointAt(raw.path);
  const bytes = bytesOf(raw.body);
  if (bytes.length > maxBodyBytes) return undefined;
  const compressed = await compressor.compress(bytes, compression);
  if (compressed.length > maxSentBytes) return undefined;
  // A small result often lies in a much larger buffer, so it is copied.
  const body = compressed.length * 2 > compressed.buffer.byteLength ? compressed : new Uint8Array(compressed);
  const isRawBuffer = body.buffer === bytes.buffer;
  if (!isRawBuffer) release?.();
  return { ...raw, body, release: isRawBuffer ? release : undefined };
}

/**
 * Cuts a payload in two, each with half of the rows, which are then to be compressed. Returns undefined when it cannot be cut.
 *
 * @param body The payload's body before compression.
 * @param isRefused Whether the payload is cut because the intake refused it.
 */
export function halvePayload(
  payload: RawPayload,
  body: string | Uint8Array,
  isRefused: boolean,
): [RawPayload, RawPayload] | undefined {
  const { path, compression, createdSeconds, sequence, flushNumber, delivery, attempts } = payload;
  const halves = halveSeries({ body: bytesOf(body), rows: payload.rows });
  if (halves === undefined) return undefined;
  const isHalf = payload.isHalf || isRefused;
  const half = (rows: EncodedRows): RawPayload => ({
    ...untriedPayload({ path, compression, createdSeconds, sequence, flushNumber, delivery, ...rows }),
    attempts,
    isHalf,
  });
  return [half(halves[0]), half(halves[1])];
}

function bytesOf(body: string | Uint8Array): Uint8Array {
  return typeof body === 'string' ? Buffer.from(body) : body;
}
