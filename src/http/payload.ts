import type { Compression } from './compress.js';

/** One request's worth of rows, encoded. */
export interface Payload {
  /** Endpoint, such as `/api/v2/series`; the base URL's own path goes before it. */
  readonly path: string;
  /** JSON, as text or as UTF-8. */
  readonly body: string | Uint8Array;
  readonly compression: Compression;
  /** Rows in the body. */
  readonly rows: number;
  /** To be called once nobody reads the body any more; need not be. */
  readonly reuse?: () => void;
}

/** One request's worth of rows, as it is sent and as it is kept. */
export interface StoredPayload {
  readonly path: string;
  readonly compression: Compression;
  /** Compressed; alone in its buffer, of which it is the larger part. */
  readonly body: Uint8Array;
  readonly rows: number;
  /** POSIX seconds of its making. */
  readonly createdSeconds: number;
}

/** What puts payloads on the wire. */
export interface PayloadSender {
  /** Sends a payload once; throws an IntakeError when it was not accepted. */
  send(payload: StoredPayload): Promise<void>;
  /** Makes the sends under way reject. */
  interrupt(): void;
  /** Makes all sends, those under way included, reject. */
  close(): Promise<void>;
}
