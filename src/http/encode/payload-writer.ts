import { Buffer } from 'node:buffer';
import type { Compression } from '../compress.js';
import type { Payload } from '../payload.js';
import { SERIES_CLOSE, SERIES_OPEN } from '../series-body.js';
import type { BufferPool } from './buffer-pool.js';
import { copyWords, type Utf8Piece, WORD_BYTES } from './utf8-piece.js';
import { MAX_NUMBER_BYTES, writeNumber } from './write-number.js';

/** UTF-8 needs at most this many bytes for a UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;
/** Longer texts are encoded by the runtime. For shorter ones the call would cost more than the encoding. */
const SHORT_TEXT_UNITS = 48;
const FIRST_BODY_BYTES = 16_384;
const NO_VIEW = new DataView(new ArrayBuffer(WORD_BYTES));

/** The endpoint of payloads, and their size. */
export interface PayloadLimits {
  readonly path: string;
  readonly compression: Compression;
  /** Most bytes of a body before compression. A single row that is larger becomes a payload of its own. */
  readonly maxBodyBytes: number;
}

/**
 * Writes rows of JSON into the bodies of payloads, in the order in which they are added. A row is put together from pieces that
 * are copied without any allocation; making a string of each row would cost twice as much.
 */
export class PayloadWriter {
  readonly #limits: PayloadLimits;
  readonly #pool: BufferPool;
  readonly #onPayload: (payload: Payload) => void;
  /** The body's memory, which has a word more than the body; empty before the first row. */
  #view: DataView = NO_VIEW;
  #body = bodyOf(NO_VIEW);
  /** Limit of the rows, after which the closing brackets fit. A number, because V8 reads a typed array's length as a double. */
  #endBytes = 0;
  #bodyBytes = SERIES_OPEN.length;
  #bodyRows = 0;
  /** Rows of the payloads that were passed to `onPayload`. */
  rowsGone = 0;
  /** Begin of the current row. */
  #rowBegin = this.#bodyBytes;
  /** Begin of the row before. */
  #lastRowBegin = 0;

  /** @param onPayload Receives each payload as soon as it is full, and the last one during {@link finish}. */
  constructor(limits: PayloadLimits, pool: BufferPool, onPayload: (payload: Payload) => void) {
    this.#limits = limits;
    this.#pool = pool;
    this.#onPayload = onPayload;
  }

  /** Adds a whole row, which is a JSON object followed by a comma. */
  add(row: string): void {
    this.text(row);
    this.endRow();
  }

  /** Adds a piece to the current row. */
  piece({ view, bytes }: Utf8Piece): void {
    this.copy(view, 0, bytes);
  }

  /** Adds UTF-8 to the current row. The source must have at least a word more after its end. */
  copy(source: DataView, begin: number, bytes: number): void {
    const end = this.#bodyBytes + bytes;
    this.#makeRoom(end);
    copyWords(source, begin, bytes, this.#view, this.#bodyBytes);
    this.#bodyBytes = end;
  }

  /** Adds the bytes that the row before has at `offset`. */
  repeat(offset: number, bytes: number): void {
    const end = this.#bodyBytes + bytes;
    this.#makeRoom(end);
    copyWords(this.#view, this.#lastRowBegin + offset, bytes, this.#view, this.#bodyBytes);
    this.#bodyBytes = end;
  }

  /** Adds a finite number to the current row. */
  number(value: number): void {
    const begin = this.#bodyBytes;
    this.#makeRoom(begin + MAX_NUMBER_BYTES);
    const end = writeNumber(value, this.#view, begin);
    if (end < 0) this.text(`${value}`);
    else this.#bodyBytes = end;
  }

  /** Removes the last bytes of the current row. */
  takeBack(bytes: number): void {
    this.#bodyBytes -= bytes;
  }

  /** Bytes of the current row so far. */
  get rowBytes(): number {
    return this.#bodyBytes - this.#rowBegin;
  }

  /** Adds a text without lone surrogates to the current row: see {@link jsonText}. */
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

  /** Ends the current row, whose last piece must end with a comma. */
  endRow(): void {
    // The closing brackets replace the last comma.
    if (this.#bodyBytes - 1 + SERIES_CLOSE.length > this.#limits.maxBodyBytes && this.#bodyRows > 0) {
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

  /** Ends the last payload. Nothing may be added afterwards. */
  finish(): void {
    if (this.#bodyRows > 0) this.#endBody(this.#bodyBytes);
  }

  #beginBody(): void {
    // The size of the body before is a good guess. Its memory belongs to its payload now.
    const view = this.#pool.take(this.#body.length);
    this.#setBody(view, bodyOf(view));
    this.#bodyBytes = this.#body.write(SERIES_OPEN);
  }

  #setBody(view: DataView, body: Buffer): void {
    this.#view = view;
    this.#body = body;
    this.#endBytes = body.length - SERIES_CLOSE.length;
  }

  /** Ends the body after the row that ends at `end`. */
  #endBody(end: number): void {
    const { path, compression } = this.#limits;
    const bytes = end - 1 + this.#body.write(SERIES_CLOSE, end - 1);
    const view = this.#view;
    const release = (): void => this.#pool.giveBack(view);
    this.rowsGone += this.#bodyRows;
    this.#onPayload({ path, compression, body: this.#body.subarray(0, bytes), rows: this.#bodyRows, release });
    this.#bodyRows = 0;
  }

  /** Makes room up to `end`, and for the closing brackets. */
  #makeRoom(end: number): void {
    if (end > this.#endBytes) this.#grow(end + SERIES_CLOSE.length);
  }

  /** Moves the body to larger memory. Its size grows by a factor, because a long row is written in thousands of pieces. */
  #grow(end: number): void {
    const { length } = this.#body;
    const { maxBodyBytes } = this.#limits;
    const usual =
      length < maxBodyBytes
        ? Math.min(Math.max(length * 2, FIRST_BODY_BYTES), maxBodyBytes + FIRST_BODY_BYTES)
        : length + Math.ceil(length / 4);
    const view = this.#pool.take(Math.max(end, usual));
    const larger = bodyOf(view);
    if (length === 0) {
      larger.write(SERIES_OPEN);
    } else {
      larger.set(this.#body.subarray(0, this.#bodyBytes));
      this.#pool.giveBack(this.#view);
    }
    this.#setBody(view, larger);
  }
}

/** Returns the body's part of its memory. */
function bodyOf({ buffer, byteLength }: DataView): Buffer {
  return Buffer.from(buffer as ArrayBuffer, 0, byteLength - WORD_BYTES);
}
