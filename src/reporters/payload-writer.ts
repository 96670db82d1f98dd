import { Buffer } from 'node:buffer';
import type { Compression } from './compress.js';
import type { Payload } from './send.js';

const HEAD = '{"series":[';
const TAIL = ']}';

/** UTF-8 needs at most so many bytes for a code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Longer texts are turned into bytes by the runtime; for shorter ones the call costs more than the characters. */
const SHORT_TEXT_UNITS = 48;
const FIRST_BODY_BYTES = 16_384;

/** Where payloads go, and how large one may become. */
export interface PayloadLimits {
  readonly path: string;
  readonly compression: Compression;
  /** Bytes of a body before compression. A single row that is larger makes a payload of its own. */
  readonly maxBodyBytes: number;
}

/**
 * Writes rows of JSON into the bodies of payloads, in the order in which they come. A row is put together from pieces,
 * between which nothing is ever allocated: making one string of it would cost twice as much.
 */
export class PayloadWriter {
  readonly #limits: PayloadLimits;
  readonly #onPayload: (payload: Payload) => void;
  #body = Buffer.allocUnsafeSlow(FIRST_BODY_BYTES);
  #bodyBytes = this.#body.write(HEAD);
  #bodyRows = 0;
  /** Where the row being written begins. */
  #rowBegin = this.#bodyBytes;

  /** @param onPayload Gets each payload as soon as it is full, and the last from {@link finish}. */
  constructor(limits: PayloadLimits, onPayload: (payload: Payload) => void) {
    this.#limits = limits;
    this.#onPayload = onPayload;
  }

  /** Adds a whole row: a JSON object, followed by a comma. */
  add(row: string): void {
    this.text(row);
    this.endRow();
  }

  /** Adds a piece of a row. */
  bytes(piece: Uint8Array): void {
    const begin = this.#bodyBytes;
    const end = begin + piece.length;
    if (end > this.#body.length) this.#grow(end);
    this.#body.set(piece, begin);
    this.#bodyBytes = end;
  }

  /** Adds a piece of a row, which must be well-formed: see {@link jsonText}. */
  text(piece: string): void {
    const units = piece.length;
    const begin = this.#bodyBytes;
    const needed = begin + units * MAX_BYTES_PER_UNIT;
    if (needed > this.#body.length) this.#grow(needed);
    const body = this.#body;
    if (units <= SHORT_TEXT_UNITS) {
      let i = 0;
      for (; i < units; i++) {
        const unit = piece.charCodeAt(i);
        if (unit > 0x7f) break;
        body[begin + i] = unit;
      }
      if (i === units) {
        this.#bodyBytes = begin + units;
        return;
      }
    }
    this.#bodyBytes = begin + body.write(piece, begin);
  }

  /** Ends a row, whose last piece ended with a comma. */
  endRow(): void {
    // The tail takes the place of the last comma.
    if (this.#bodyBytes - 1 + TAIL.length > this.#limits.maxBodyBytes && this.#bodyRows > 0) {
      const full = this.#body;
      const begin = this.#rowBegin;
      const rowBytes = this.#bodyBytes - begin;
      const row = Buffer.from(full.subarray(begin, this.#bodyBytes));
      this.#endBody(begin);
      this.#beginBody();
      if (this.#bodyBytes + rowBytes > this.#body.length) this.#grow(this.#bodyBytes + rowBytes);
      this.#body.set(row, this.#bodyBytes);
      this.#bodyBytes += rowBytes;
    }
    this.#bodyRows++;
    this.#rowBegin = this.#bodyBytes;
  }

  /** Ends the last payload. Nothing may be added any more. */
  finish(): void {
    if (this.#bodyRows > 0) this.#endBody(this.#bodyBytes);
  }

  #beginBody(): void {
    // The buffer of the body before, whose size is a good guess, belongs to its payload.
    this.#body = Buffer.allocUnsafeSlow(this.#body.length);
    this.#bodyBytes = this.#body.write(HEAD);
  }

  /** Ends the body after the row that ends at `end`. */
  #endBody(end: number): void {
    const { path, compression } = this.#limits;
    const bytes = end - 1 + this.#body.write(TAIL, end - 1);
    this.#onPayload({ path, compression, body: this.#body.subarray(0, bytes), rows: this.#bodyRows });
    this.#bodyRows = 0;
  }

  /** Makes room up to `end`, and for the tail. */
  #grow(end: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(end + TAIL.length, this.#body.length * 2));
    larger.set(this.#body.subarray(0, this.#bodyBytes));
    this.#body = larger;
  }
}
