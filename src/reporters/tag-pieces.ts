import { Buffer } from 'node:buffer';
import type { PayloadWriter } from './payload-writer.js';
import { WORD_BYTES } from './piece.js';

/** Where the texts of tags come from. */
export interface TagTexts {
  /** What stands between the quotes of the tag's JSON. */
  json(tagId: number): string;
}

const FIRST_IDS = 256;
const FIRST_BYTES = 16_384;
const MAX_BYTES = 2 ** 22;
/** Quotes and comma. */
const FRAME_BYTES = 3;
const MAX_BYTES_PER_UNIT = 3;

/** The tags of a flush as elements of a JSON array, each followed by a comma, encoded once as long as there is room for them. */
export class TagPieces {
  readonly #tags: TagTexts;
  // Zeros, because words are copied whole: see copyWords.
  #buffer = Buffer.alloc(FIRST_BYTES);
  #view = viewOf(this.#buffer);
  #end = 0;
  /** For each tag id where its element begins and ends; the end is 0 for one that is not in the buffer. */
  #bounds = new Int32Array(2 * FIRST_IDS);
  /** Ids that it has room for; a number for the reason given in payload-writer.ts. */
  #idEnd = FIRST_IDS;

  constructor(tags: TagTexts) {
    this.#tags = tags;
  }

  /** Writes a tag. */
  write(tagId: number, writer: PayloadWriter): void {
    const at = tagId * 2;
    if ((tagId >= this.#idEnd || this.#bounds[at + 1] === 0) && !this.#add(tagId)) {
      writer.text(`"${this.#tags.json(tagId)}",`);
      return;
    }
    const begin = this.#bounds[at];
    writer.copy(this.#view, begin, this.#bounds[at + 1] - begin);
  }

  #add(tagId: number): boolean {
    const json = this.#tags.json(tagId);
    const begin = this.#end;
    const needed = begin + json.length * MAX_BYTES_PER_UNIT + FRAME_BYTES + WORD_BYTES;
    if (needed > MAX_BYTES) return false;
    if (needed > this.#buffer.length) this.#grow(needed);
    while (tagId >= this.#idEnd) {
      this.#idEnd *= 2;
      const larger = new Int32Array(2 * this.#idEnd);
      larger.set(this.#bounds);
      this.#bounds = larger;
    }
    this.#end += this.#buffer.write(`"${json}",`, begin);
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
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
