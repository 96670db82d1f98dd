import type { Compression } from './compress.js';

/** The encoded rows of one request, before compression. */
export interface Payload {
  /** Path of an endpoint: see `endpoints.ts`. It is appended to the base URL. */
  readonly path: string;
  /** JSON, as a string or in UTF-8. */
  readonly body: string | Uint8Array;
  readonly compression: Compression;
  /** Number of rows in the body. */
  readonly rows: number;
  /**
   * Number of the flush, if points of a later flush may replace those of this payload. Later payloads for the same endpoint are then
   * sent only when all such payloads of earlier flushes have ended.
   */
  readonly flushNumber?: number;
  /** Gives the body's memory back for reuse. May be called when nobody reads the body any more. Calling it is optional. */
  readonly release?: () => void;
}

/** The encoded rows of one request, as they are sent, queued and stored. */
export interface StoredPayload {
  readonly path: string;
  readonly compression: Compression;
  /** Compressed. It fills at least half of its buffer, so that a queued payload wastes little memory. */
  readonly body: Uint8Array;
  readonly rows: number;
  /** POSIX seconds of its creation. */
  readonly createdSeconds: number;
}

/** Sends payloads. */
export interface PayloadSender {
  /** Makes one attempt. Throws an IntakeError when the intake did not accept the payload. */
  send(payload: StoredPayload): Promise<void>;
  /** Makes the requests in flight reject. */
  abortRequests(): void;
  /** Makes all requests reject, those in flight and all later ones. */
  close(): Promise<void>;
}
