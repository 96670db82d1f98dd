import { Buffer } from 'node:buffer';
import type { Compression } from '../compress.js';
import type { Payload } from '../payload.js';
import type { BufferPool } from './buffer-pool.js';
import { copyWords, type Utf8Piece, WORD_BYTES } from './utf8-piece.js';
import { MAX_NUMBER_BYTES, writeNumber } from './write-number.js';

const HEAD = '{"series":[';
const TAIL = ']}';

/** UTF-8 needs at most so many bytes for a code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Longer texts are turned into bytes by the runtime; for shorter ones the call costs more than the characters. */
const SHORT_TEXT_UNITS = 48;
const FIRST_BODY_BYTES = 16_384;
const NO_VIEW = new DataView(new ArrayBuffer(WORD_BYTES));

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
  readonly #pool: BufferPool;
  readonly #onPayload: (payload: Payload) => void;
  /** The body, and a word more; nothing before the first row. */
  #view: DataView = NO_VIEW;
  #body = bodyOf(NO_VIEW);
  /** Where the body may end before the tail. As a number, because optimised code reads the length of a typed array by way of a double. */
  #endBytes = 0;
  #bodyBytes = HEAD.length;
  #bodyRows = 0;
  /** Where the row being written begins. */
  #rowBegin = this.#bodyBytes;
  /** Where the row before begins. */
  #lastRowBegin = 0;

  /** @param onPayload Gets each payload as soon as it is full, and the last from {@link finish}. */
  constructor(limits: PayloadLimits, pool: BufferPool, onPayload: (payload: Payload) => void) {
    this.#limits = limits;
    this.#pool = pool;
    this.#onPayload = onPayload;
  }

  /** Adds a whole row: a JSON object, followed by a comma. */
  add(row: string): void {
    this.text(row);
    this.endRow();
  }

  /** Adds a piece of a row. */
  piece({ view, bytes }: Utf8Piece): void {
    this.copy(view, 0, bytes);
  }

  /** Adds a piece of a row from UTF-8 that goes on for at least a word. */
  copy(source: DataView, begin: number, bytes: number): void {
    const end = this.#bodyBytes + bytes;
    this.#makeRoom(end);
    copyWords(source, begin, bytes, this.#view, this.#bodyBytes);
    this.#bodyBytes = end;
  }

  /** Adds once more what the row before had at `offset`. */
  repeat(offset: number, bytes: number): void {
    const end = this.#bodyBytes + bytes;
    this.#makeRoom(end);
    copyWords(this.#view, this.#lastRowBegin + offset, bytes, this.#view, this.#bodyBytes);
    this.#bodyBytes = end;
  }

  /** Adds a finite number to a row. */
  number(value: number): void {
    const begin = this.#bodyBytes;
    this.#makeRoom(begin + MAX_NUMBER_BYTES);
    const end = writeNumber(value, this.#view, begin);
    if (end < 0) this.text(`${value}`);
    else this.#bodyBytes = end;
  }

  /** Takes the last bytes of the row back. */
  takeBack(bytes: number): void {
    this.#bodyBytes -= bytes;
  }

  /** Bytes of the row so far. */
  get rowBytes(): number {
    return this.#bodyBytes - this.#rowBegin;
  }

  /** Adds a piece of a row, which must be well-formed: see {@link jsonText}. */
  text(piece: string): void {
    const units = piece.length;
    const begin = this.#bodyBytes;
    this.#makeRoom(begin + units * MAX_BYTES_PER_UNIT);
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
      this.#makeRoom(this.#bodyBytes + rowBytes);
      this.#body.set(row, this.#bodyBytes);
      this.#rowBegin = this.#bodyBytes;
      this.#bodyBytes += rowBytes;
    }
    this.#bodyRows++;
    this.#lastRowBegin = this.#rowBegin;
    this.#rowBegin = this.#bodyBytes;
  }

  /** Ends the last payload. Nothing may be added any more. */
  finish(): void {
    if (this.#bodyRows > 0) this.#endBody(this.#bodyBytes);
  }

  #beginBody(): void {
    // The buffer of the body before, whose size is a good guess, belongs to its payload.
    const view = this.#pool.take(this.#body.length);
    this.#setBody(view, bodyOf(view));
    this.#bodyBytes = this.#body.write(HEAD);
  }

  #setBody(view: DataView, body: Buffer): void {
    this.#view = view;
    this.#body = body;
    this.#endBytes = body.length - TAIL.length;
  }

  /** Ends the body after the row that ends at `end`. */
  #endBody(end: number): void {
    const { path, compression } = this.#limits;
    const bytes = end - 1 + this.#body.write(TAIL, end - 1);
    const view = this.#view;
    const reuse = (): void => this.#pool.giveBack(view);
    this.#onPayload({ path, compression, body: this.#body.subarray(0, bytes), rows: this.#bodyRows, reuse });
    this.#bodyRows = 0;
  }

  /** Makes room up to `end`, and for the tail. */
  #makeRoom(end: number): void {
    if (end > this.#endBytes) this.#grow(end + TAIL.length);
  }

  #grow(end: number): void {
    const { length } = this.#body;
    const usual = Math.min(Math.max(length * 2, FIRST_BODY_BYTES), this.#limits.maxBodyBytes + FIRST_BODY_BYTES);
    const view = this.#pool.take(Math.max(end, usual));
    const larger = bodyOf(view);
    if (length === 0) {
      larger.write(HEAD);
    } else {
      larger.set(this.#body.subarray(0, this.#bodyBytes));
      this.#pool.giveBack(this.#view);
    }
    this.#setBody(view, larger);
  }
}

function bodyOf({ buffer, byteLength }: DataView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, 0, byteLength - WORD_BYTES);
}
