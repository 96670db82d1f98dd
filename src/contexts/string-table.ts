import { HASH, HashIndex, mix, RECORD_BITS } from './hash-index.js';

// Texts to integers: what a Map<string, number> does, with two cache misses for a look-up where a Map has at least three
// and follows a pointer to the key. Tags are short, so their characters lie in the record itself:
//
//   HASH, LENGTH (characters), VALUE, then INLINE_BYTES bytes: the characters, if they are few and all of Latin-1.
//
// A text that does not fit there is compared with a string; one of more than MAX_LENGTH characters is left to a Map,
// which remembers its hash.

const LENGTH = 1;
const VALUE = 2;
const TEXT_BYTES = 12;
const INLINE_BYTES = 20;
const BYTE_BITS = RECORD_BITS + 2;

const MAX_LENGTH = 128;
const FIRST_CAPACITY = 512;

/** A table of texts, each with a positive integer. */
export class StringTable {
  #capacity = FIRST_CAPACITY;
  #slots = new HashIndex(FIRST_CAPACITY);
  #records = new Int32Array((FIRST_CAPACITY + 1) << RECORD_BITS);
  #bytes = new Uint8Array(this.#records.buffer);
  /** The texts of records that hold none of their own. */
  readonly #strings = new Map<number, string>();
  readonly #long = new Map<string, number>();
  readonly #free: number[] = [];
  #end = 1;
  readonly #usualCapacity: number;
  /** So that nobody can make up texts of one hash. */
  readonly #seed = Math.floor(Math.random() * 2 ** 32) | 0;

  /** @param usualCapacity Texts that there are mostly no more than: the table stops there once before it doubles on. */
  constructor(usualCapacity: number) {
    this.#usualCapacity = usualCapacity;
  }

  /** Number of texts. */
  get size(): number {
    return this.#end - 1 - this.#free.length + this.#long.size;
  }

  /** The text's integer, or 0. */
  get(text: string): number {
    if (text.length > MAX_LENGTH) return this.#long.get(text) ?? 0;
    const id = this.#find(text, this.#hash(text));
    return id === 0 ? 0 : this.#records[(id << RECORD_BITS) + VALUE];
  }

  /** Adds a text that is not in here. */
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
      // Whose characters these are is told by a length that no text has.
      this.#records[record + LENGTH] = ~length;
      this.#strings.set(id, text);
    }
    this.#slots.add(id, hash);
  }

  /** Removes a text that is in here. */
  remove(text: string): void {
    if (text.length > MAX_LENGTH) {
      this.#long.delete(text);
      return;
    }
    const id = this.#find(text, this.#hash(text));
    this.#slots.remove(id, this.#records);
    this.#strings.delete(id);
    this.#free.push(id);
  }

  /** Id of the text's record, or 0. */
  #find(text: string, hash: number): number {
    const { slots, mask } = this.#slots;
    const records = this.#records;
    const { length } = text;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = slots[slot];
      if (id === 0) return 0;
      const record = id << RECORD_BITS;
      if (records[record + HASH] !== hash) continue;
      const known = records[record + LENGTH];
      if (known === length ? this.#hasInline(id, text) : known === ~length && this.#strings.get(id) === text) return id;
    }
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
    const slots = new HashIndex(this.#capacity);
    // Nothing is free when the table grows.
    for (let id = 1; id < this.#end - 1; id++) slots.add(id, records[(id << RECORD_BITS) + HASH]);
    this.#slots = slots;
  }
}

function isInline(text: string): boolean {
  if (text.length > INLINE_BYTES) return false;
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0xff) return false;
  return true;
}

/**
 * A copy of a text that is kept for long: a piece of a longer text, such as a request's body, would keep all of that in
 * memory. As the key of an object it is, besides, the very string that the same literal in the application's code is, and so
 * compared with that by its address.
 */
export function ownCopy(text: string): string {
  // Without a prototype, because `__proto__` is a text like others.
  const [copy] = Object.keys({ __proto__: null, [text]: 0 });
  return copy;
}
