import { Buffer } from 'node:buffer';
import type { Compression } from './compress.js';
import type { Payload } from './send.js';

const HEAD = '{"series":[';
const TAIL = ']}';

/** Rows are turned into bytes when there are so many code units of them: fewer calls, and the text stays in the cache. */
const CHUNK_UNITS = 8192;
/** UTF-8 needs at most so many bytes for a code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Room that the first body begins with. */
const FIRST_BODY_BYTES = 4 * CHUNK_UNITS;

/** Where payloads go, and how large one may become. */
export interface PayloadLimits {
  readonly path: string;
  readonly compression: Compression;
  /**
   * Bytes of a body before compression. Rows are gathered in chunks of 8192 UTF-16 code units, the last one whole, and a
   * chunk that is larger than a body makes one of its own.
   */
  readonly maxBodyBytes: number;
}

/** Gathers rows of JSON text into the bodies of payloads, in the order in which they are added. */
export class PayloadWriter {
  readonly #limits: PayloadLimits;
  readonly #onPayload: (payload: Payload) => void;
  /** Rows that are not in the body yet. */
  #chunk = '';
  #chunkRows = 0;
  #body = Buffer.alloc(0);
  #bodyBytes = 0;
  #bodyRows = 0;

  /** @param onPayload Gets each payload as soon as it is full, and the last from {@link finish}. */
  constructor(limits: PayloadLimits, onPayload: (payload: Payload) => void) {
    this.#limits = limits;
    this.#onPayload = onPayload;
  }

  /** Adds a row: a JSON object, followed by a comma. */
  add(row: string): void {
    this.#chunk += row;
    this.#chunkRows++;
    if (this.#chunk.length >= CHUNK_UNITS) this.#writeChunk();
  }

  /** Ends the last payload. Nothing may be added any more. */
  finish(): void {
    this.#writeChunk();
    this.#endBody();
  }

  #writeChunk(): void {
    if (this.#chunkRows === 0) return;
    const maxBytes = this.#chunk.length * MAX_BYTES_PER_UNIT;
    // The chunk's bytes are only counted where they may be too many.
    if (!this.#fits(maxBytes) && !this.#fits(Buffer.byteLength(this.#chunk))) this.#endBody();
    if (this.#bodyRows === 0) this.#beginBody();
    this.#reserve(maxBytes);
    this.#bodyBytes += this.#body.write(this.#chunk, this.#bodyBytes);
    this.#bodyRows += this.#chunkRows;
    this.#chunk = '';
    this.#chunkRows = 0;
  }

  /** Whether the body may have so many more bytes. The tail takes the place of the last comma. */
  #fits(bytes: number): boolean {
    return this.#bodyBytes + bytes - 1 + TAIL.length <= this.#limits.maxBodyBytes;
  }

  #beginBody(): void {
    // The buffer of the body before, whose size is a good guess, belongs to its payload.
    this.#body = Buffer.allocUnsafeSlow(Math.max(this.#body.length, FIRST_BODY_BYTES));
    this.#bodyBytes = this.#body.write(HEAD);
  }

  #endBody(): void {
    if (this.#bodyRows === 0) return;
    const { path, compression } = this.#limits;
    const end = this.#bodyBytes - 1;
    const body = this.#body.subarray(0, end + this.#body.write(TAIL, end));
    this.#onPayload({ path, compression, body, rows: this.#bodyRows });
    this.#bodyRows = 0;
  }

  /** Makes room for so many more bytes, and the tail. */
  #reserve(bytes: number): void {
    const needed = this.#bodyBytes + bytes + TAIL.length;
    if (needed <= this.#body.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#body.length * 2));
    larger.set(this.#body.subarray(0, this.#bodyBytes));
    this.#body = larger;
  }
}
