import { Buffer } from 'node:buffer';
import type { PayloadWriter } from './payload-writer.js';
import { WORD_BYTES } from './utf8-piece.js';

const FIRST_IDS = 256;
const MAX_IDS = 2 ** 18;
const FIRST_BYTES = 16_384;
const MAX_BYTES = 2 ** 22;
/** Bytes of the quotes and the comma around a tag. */
const FRAME_BYTES = 3;
const MAX_BYTES_PER_UNIT = 3;

/**
 * Tags as elements of a JSON array, each followed by a comma, encoded once and reused in later flushes while there is room for
 * them. An id may be reused for another tag, so the caller passes the text, too.
 */
export class TagCache {
  // Filled with zeros, because whole words are copied: see copyWords.
  #buffer = Buffer.alloc(FIRST_BYTES);
  #view = viewOf(this.#buffer);
  #end = 0;
  #isFull = false;
  /** The text of each tag id in the buffer, empty for none. */
  #texts: string[] = new Array(FIRST_IDS).fill('');
  /** Begin and end of each tag id's element in the buffer. */
  #bounds = new Int32Array(2 * FIRST_IDS);
  /** Length of `#texts`; kept as a number for the reason given at `#endBytes` in payload-writer.ts. */
  #idEnd = FIRST_IDS;

  /** Empties the cache if the last flush filled it, because it may hold tags that are no longer used. */
  beginFlush(): void {
    if (!this.#isFull) return;
    this.#isFull = false;
    this.#end = 0;
    this.#texts.fill('');
  }

  /** Writes a tag. `json` is its JSON without the quotes. */
  write(tagId: number, json: string, writer: PayloadWriter): void {
    if ((tagId >= this.#idEnd || this.#texts[tagId] !== json) && !this.#add(tagId, json)) {
      writer.text(`"${json}",`);
      return;
    }
    const begin = this.#bounds[tagId * 2];
    writer.copy(this.#view, begin, this.#bounds[tagId * 2 + 1] - begin);
  }

  /** Returns false when there is no room. */
  #add(tagId: number, json: string): boolean {
    const begin = this.#end;
    const needed = begin + json.length * MAX_BYTES_PER_UNIT + FRAME_BYTES + WORD_BYTES;
    if (tagId >= MAX_IDS || needed > MAX_BYTES) {
      this.#isFull = true;
      return false;
    }
    if (needed > this.#buffer.length) this.#grow(needed);
    while (tagId >= this.#idEnd) this.#growIds();
    this.#end += this.#buffer.write(`"${json}",`, begin);
    this.#texts[tagId] = json;
    this.#bounds[tagId * 2] = begin;
    this.#bounds[tagId * 2 + 1] = this.#end;
    return true;
  }

  #grow(needed: number): void {
    const larger = Buffer.alloc(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }

  #growIds(): void {
    // Pushes, because V8 would make an array sparse whose length is set.
    for (let id = this.#idEnd; id < 2 * this.#idEnd; id++) this.#texts.push('');
    this.#idEnd *= 2;
    const larger = new Int32Array(2 * this.#idEnd);
    larger.set(this.#bounds);
    this.#bounds = larger;
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
