import { BlockPool } from './block-pool.js';
import { HASH, HashIndex, mix } from './hash-index.js';

// Maps texts to integers, as a Map<string, number> does, but a look-up costs two cache misses. In a Map it costs at least four,
// because the Map follows a pointer to each key that it compares. Names and tags are short, so their characters are stored in the
// record itself. A record is a block of words:
//
//   HASH, LENGTH (characters), VALUE (0 when the record is free), then words that the owner of the table uses, then the
//   characters, four in a word, if all are of Latin-1.
//
// A text with other characters is kept as a string. A text of more than MAX_LENGTH characters is left to a Map, because hashing it
// here would cost too much, whereas V8 stores the hash of a string.

const LENGTH = 1;
const VALUE = 2;
/** Words of a record besides those of the owner and the characters. */
const HEAD_WORDS = 3;

const MAX_LENGTH = 128;

/** There is room for at least so many records, and words of records. */
const MIN_RECORDS = 64;
const MIN_WORDS = 512;

/** A table of texts, each with an integer other than 0. */
export class StringTable {
  #pool!: BlockPool;
  #words!: Int32Array;
  #bytes!: Uint8Array;
  #index!: HashIndex;
  /** Number of words of a record before the characters. */
  readonly #headWords: number;
  /** Number of records, and the words that they take. */
  #records = 0;
  #recordWords = 0;
  /** The texts of the records that do not hold their characters. */
  #strings = new Map<number, string>();
  readonly #long = new Map<string, number>();
  /** Random, so that nobody can construct texts with the same hash. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;

  /** @param ownWords Number of words of each record that the owner uses. They are 0 at first. */
  constructor(ownWords = 0) {
    this.#headWords = HEAD_WORDS + ownWords;
    this.#begin(0);
    this.#reindex();
  }

  /** Number of texts. */
  get size(): number {
    return this.#records + this.#long.size;
  }

  /** Returns the text's integer, or 0. */
  get(text: string): number {
    if (text.length > MAX_LENGTH) return this.#long.get(text) ?? 0;
    const record = this.#find(text, this.#hash(text));
    return record === 0 ? 0 : this.#words[record + VALUE];
  }

  /**
   * Returns the record of a text of at most {@link MAX_LENGTH} characters; 0 if there is none. It is valid until a text is added.
   */
  findRecord(text: string): number {
    return text.length > MAX_LENGTH ? 0 : this.#find(text, this.#hash(text));
  }

  /** Returns the integer of a record's text. */
  valueOf(record: number): number {
    return this.#words[record + VALUE];
  }

  /** Returns one of the owner's words of a record. */
  ownWord(record: number, index: number): number {
    return this.#words[record + HEAD_WORDS + index];
  }

  setOwnWord(record: number, index: number, word: number): void {
    this.#words[record + HEAD_WORDS + index] = word;
  }

  /** Adds a text, which must not be in the table yet. */
  add(text: string, value: number): void {
    const { length } = text;
    if (length > MAX_LENGTH) {
      this.#long.set(text, value);
      return;
    }
    const isInline = isOfLatin1(text);
    const recordWords = this.#wordsOf(isInline ? length : ~length);
    if (!this.#pool.hasRoom(recordWords) && this.#pool.end > 2 * this.#recordWords) this.#compact();
    const record = this.#pool.allocate(recordWords);
    if (this.#pool.words !== this.#words) this.#setViews();
    const hash = this.#hash(text);
    this.#words[record + HASH] = hash;
    // A negative length shows that the characters are in the string.
    this.#words[record + LENGTH] = isInline ? length : ~length;
    this.#words[record + VALUE] = value;
    this.#words.fill(0, record + HEAD_WORDS, record + this.#headWords);
    if (isInline) {
      const begin = (record + this.#headWords) << 2;
      for (let i = 0; i < length; i++) this.#bytes[begin + i] = text.charCodeAt(i);
    } else {
      this.#strings.set(record, text);
    }
    this.#records++;
    this.#recordWords += recordWords;
    const { capacity, idMask } = this.#index;
    if (this.#records > capacity || this.#words.length > idMask) this.#reindex();
    else this.#index.add(record, hash);
  }

  /** Removes a text, which must be in the table. */
  remove(text: string): void {
    if (text.length > MAX_LENGTH) {
      this.#long.delete(text);
      return;
    }
    const record = this.#find(text, this.#hash(text));
    this.#index.remove(record, this.#words, 0);
    this.#strings.delete(record);
    const recordWords = this.#wordsOf(this.#words[record + LENGTH]);
    this.#words[record + VALUE] = 0;
    this.#pool.free(record, recordWords);
    this.#records--;
    this.#recordWords -= recordWords;
  }

  /** Returns the text's record, or 0. */
  #find(text: string, hash: number): number {
    const { slots, mask, idMask } = this.#index;
    const words = this.#words;
    const { length } = text;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (((slots[slot] ^ hash) & ~idMask) !== 0) continue;
      const record = slots[slot] & idMask;
      if (words[record + HASH] !== hash) continue;
      const known = words[record + LENGTH];
      if (known === length ? this.#hasText(record, text) : known === ~length && this.#strings.get(record) === text) return record;
    }
    return 0;
  }

  #hasText(record: number, text: string): boolean {
    const bytes = this.#bytes;
    const begin = (record + this.#headWords) << 2;
    for (let i = 0; i < text.length; i++) if (bytes[begin + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** Returns the words of a record whose LENGTH is given. */
  #wordsOf(length: number): number {
    return length < 0 ? this.#headWords : this.#headWords + ((length + 3) >> 2);
  }

  #hash(text: string): number {
    let hash = this.#seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return mix(hash);
  }

  /** Begins a new pool, with room for so many words of records. */
  #begin(recordWords: number): void {
    this.#pool = new BlockPool(Math.max(MIN_WORDS, recordWords));
    // No record is 0.
    this.#pool.allocate(1);
    this.#setViews();
  }

  #setViews(): void {
    this.#words = this.#pool.words;
    this.#bytes = new Uint8Array(this.#pool.words.buffer);
  }

  /** Moves all records to a new pool. The memory of free records whose length does not come any more is lost otherwise. */
  #compact(): void {
    const words = this.#words;
    const strings = this.#strings;
    const { end } = this.#pool;
    this.#begin(Math.ceil(1.5 * this.#recordWords));
    this.#strings = new Map();
    for (let at = 1; at < end; at += this.#wordsOf(words[at + LENGTH])) {
      if (words[at + VALUE] === 0) continue;
      const recordWords = this.#wordsOf(words[at + LENGTH]);
      const record = this.#pool.allocate(recordWords);
      for (let i = 0; i < recordWords; i++) this.#words[record + i] = words[at + i];
      const text = strings.get(at);
      if (text !== undefined) this.#strings.set(record, text);
    }
    this.#reindex();
  }

  /** Makes an index with room for half as many records again, and for a pool of twice the size. */
  #reindex(): void {
    const words = this.#words;
    const { end } = this.#pool;
    const index = new HashIndex(Math.max(MIN_RECORDS, 1.5 * this.#records), 2 * words.length);
    for (let at = 1; at < end; at += this.#wordsOf(words[at + LENGTH])) {
      if (words[at + VALUE] !== 0) index.add(at, words[at + HASH]);
    }
    this.#index = index;
  }
}

function isOfLatin1(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
