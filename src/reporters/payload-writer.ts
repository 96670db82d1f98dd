import { Buffer } from 'node:buffer';
import type { Compression } from './compress.js';
import type { Payload } from './send.js';

const HEAD = '{"series":[';
const TAIL = ']}';

/** Text is turned into bytes when there is this much of it, in code units: fewer calls, and the text stays in the cache. */
const CHUNK_UNITS = 8192;
/** UTF-8 needs at most so many bytes for a code unit. */
const MAX_BYTES_PER_UNIT = 3;

/** Where payloads go, and how large one may become. */
export interface PayloadLimits {
  readonly path: string;
  readonly compression: Compression;
  /** Bytes of a body before compression. A single chunk of rows that is larger makes a payload of its own. */
  readonly maxBodyBytes: number;
}

/** Gathers rows of JSON text into the bodies of payloads. */
export class PayloadWriter {
  readonly #limits: PayloadLimits;
  readonly #payloads: Payload[] = [];
  #text = '';
  #textRows = 0;
  #body = Buffer.allocUnsafeSlow(4 * CHUNK_UNITS);
  #bodyBytes = 0;
  #bodyRows = 0;

  constructor(limits: PayloadLimits) {
    this.#limits = limits;
  }

  /** Adds a row: a JSON object, followed by a comma. */
  add(row: string): void {
    this.#text += row;
    this.#textRows++;
    if (this.#text.length >= CHUNK_UNITS) this.#writeText();
  }

  /** All payloads. Nothing may be added any more. */
  finish(): Payload[] {
    this.#writeText();
    this.#cut();
    return this.#payloads;
  }

  #writeText(): void {
    if (this.#textRows === 0) return;
    if (this.#bodyRows === 0) this.#bodyBytes = this.#body.write(HEAD, 0);
    this.#reserve(this.#text.length * MAX_BYTES_PER_UNIT);
    const begin = this.#bodyBytes;
    const bytes = this.#body.write(this.#text, begin);
    if (begin + bytes + TAIL.length > this.#limits.maxBodyBytes && this.#bodyRows > 0) {
      // A copy, because the tail of this body overwrites its first byte.
      const text = Buffer.from(this.#body.subarray(begin, begin + bytes));
      this.#cut();
      this.#bodyBytes = this.#body.write(HEAD, 0);
      this.#reserve(bytes);
      this.#body.set(text, this.#bodyBytes);
    }
    this.#bodyBytes += bytes;
    this.#bodyRows += this.#textRows;
    this.#text = '';
    this.#textRows = 0;
  }

  /** Ends the body begun. */
  #cut(): void {
    if (this.#bodyRows === 0) return;
    const { path, compression } = this.#limits;
    // Over the last row's comma.
    const end = this.#bodyBytes - 1 + this.#body.write(TAIL, this.#bodyBytes - 1);
    this.#payloads.push({ path, compression, body: this.#body.subarray(0, end), rows: this.#bodyRows });
    this.#body = Buffer.allocUnsafeSlow(this.#body.length);
    this.#bodyBytes = 0;
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
