import { HASH, HashIndex, mix } from './hash-index.js';

// Maps texts to integers, as a Map<string, number> does, but a look-up costs two cache misses. In a Map it costs at least three,
// because the Map follows a pointer to the key. Tags are short, so their characters are stored in the record itself:
//
//   HASH, LENGTH (characters), VALUE, then INLINE_BYTES bytes: the characters, if they are few and all of Latin-1.
//
// A text that does not fit is kept as a string. A text of more than MAX_LENGTH characters is left to a Map, because hashing it
// here would cost too much, whereas V8 stores the hash of a string.

const RECORD_BITS = 3;
const LENGTH = 1;
const VALUE = 2;
const TEXT_BYTES = 12;
const INLINE_BYTES = 20;
const BYTE_BITS = RECORD_BITS + 2;

const MAX_LENGTH = 128;
const FIRST_CAPACITY = 512;

/** A table of texts, each with an integer other than 0. */
export class StringTable {
  #capacity = FIRST_CAPACITY;
  #records = new Int32Array((FIRST_CAPACITY + 1) << RECORD_BITS);
  #index = new HashIndex(this.#records, RECORD_BITS, FIRST_CAPACITY);
  #bytes = new Uint8Array(this.#records.buffer);
  /** The texts of the records that do not hold their characters. */
  readonly #strings = new Map<number, string>();
  readonly #long = new Map<string, number>();
  readonly #free: number[] = [];
  #end = 1;
  readonly #usualCapacity: number;
  /** Random, so that nobody can construct texts with the same hash. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;

  /** @param usualCapacity A number of texts that is rarely exceeded. The table grows to this capacity before it doubles again. */
  constructor(usualCapacity: number) {
    this.#usualCapacity = usualCapacity;
  }

  /** Number of texts. */
  get size(): number {
    return this.#end - 1 - this.#free.length + this.#long.size;
  }

  /** Returns the text's integer, or 0. */
  get(text: string): number {
    if (text.length > MAX_LENGTH) return this.#long.get(text) ?? 0;
    const id = this.#find(text, this.#hash(text));
    return id === 0 ? 0 : this.#records[(id << RECORD_BITS) + VALUE];
  }

  /** Adds a text, which must not be in the table yet. */
  add(text: string, value: number): void {
    const { length } = text;
    if (length > MAX_LENGTH) {
      this.#long.set(text, value);
      return;
    }
    const id = this.#free.pop() ?? this.#end++;
    if (id > this.#capacity) this.#grow();
    const hash = this.#hash(text);
    const record = id << RECORD_BITS;
    this.#records[record + HASH] = hash;
    this.#records[record + LENGTH] = length;
    this.#records[record + VALUE] = value;
    if (isInline(text)) {
      const begin = (id << BYTE_BITS) + TEXT_BYTES;
      for (let i = 0; i < length; i++) this.#bytes[begin + i] = text.charCodeAt(i);
    } else {
      // A negative length shows that the characters are in the string.
      this.#records[record + LENGTH] = ~length;
      this.#strings.set(id, text);
    }
    this.#index.add(id, hash);
  }

  /** Removes a text, which must be in the table. */
  remove(text: string): void {
    if (text.length > MAX_LENGTH) {
      this.#long.delete(text);
      return;
    }
    const hash = this.#hash(text);
    const id = this.#find(text, hash);
    this.#index.remove(id);
    this.#strings.delete(id);
    this.#free.push(id);
  }

  /** Returns the id of the text's record, or 0. */
  #find(text: string, hash: number): number {
    const { slots, mask, idMask } = this.#index;
    const records = this.#records;
    const { length } = text;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (((slots[slot] ^ hash) & ~idMask) !== 0) continue;
      const id = slots[slot] & idMask;
      const record = id << RECORD_BITS;
      const known = records[record + LENGTH];
      if (known === length ? this.#hasInline(id, text) : known === ~length && this.#strings.get(id) === text) return id;
    }
    return 0;
  }

  #hasInline(id: number, text: string): boolean {
    const bytes = this.#bytes;
    const begin = (id << BYTE_BITS) + TEXT_BYTES;
    for (let i = 0; i < text.length; i++) if (bytes[begin + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  #hash(text: string): number {
    let hash = this.#seed;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    return mix(hash);
  }

  #grow(): void {
    const usual = this.#usualCapacity;
    this.#capacity = this.#capacity < usual ? Math.min(this.#capacity * 2, usual) : this.#capacity * 2;
    const records = new Int32Array((this.#capacity + 1) << RECORD_BITS);
    records.set(this.#records);
    this.#records = records;
    this.#bytes = new Uint8Array(records.buffer);
    const index = new HashIndex(records, RECORD_BITS, this.#capacity);
    // Nothing is free when the table grows.
    for (let id = 1; id < this.#end - 1; id++) index.add(id, records[(id << RECORD_BITS) + HASH]);
    this.#index = index;
  }
}

function isInline(text: string): boolean {
  if (text.length > INLINE_BYTES) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}
