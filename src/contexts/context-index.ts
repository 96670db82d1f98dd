// The hash table in which contexts are found. A slot has 16 bytes:
//
//   ID (of the context; 0 if the slot is empty), KEY, FIRST, SECOND
//
// The key of a context with few tags and without a host is its name's id and the number of its tags, whose ids follow: so its
// look-up among a million costs one cache miss. The key of all others is the name's id and MANY, and what follows is their hash;
// the owner compares the rest.

import { HASH, RECORD_BITS } from './hash-index.js';

const SLOT_BITS = 2;
const SLOT = 1 << SLOT_BITS;
const KEY = 1;
const FIRST = 2;
const SECOND = 3;

/** Most tags of a context that is found by its slot alone. */
export const FEW_TAGS = 2;
const MANY = FEW_TAGS + 1;
const KEY_BITS = 2;

/** Slots with open addressing, at most half of them full. */
export class ContextIndex {
  readonly #words: Int32Array;
  readonly #mask: number;
  /** Where {@link findByHash} found one last. */
  #foundSlot = 0;

  /** @param capacity Most contexts that it will hold. */
  constructor(capacity: number) {
    this.#words = new Int32Array((2 ** Math.ceil(Math.log2(capacity * 2))) << SLOT_BITS);
    this.#mask = this.#words.length - 1;
  }

  /** The context of a name with few tags, in whatever order, and without a host; 0 if none. */
  findFew(nameId: number, tagIds: Int32Array, count: number, hash: number): number {
    const words = this.#words;
    const mask = this.#mask;
    const key = (nameId << KEY_BITS) | count;
    const first = count > 0 ? tagIds[0] : 0;
    const second = count > 1 ? tagIds[1] : 0;
    for (let slot = (hash << SLOT_BITS) & mask; words[slot] !== 0; slot = (slot + SLOT) & mask) {
      if (words[slot + KEY] !== key) continue;
      const a = words[slot + FIRST];
      const b = words[slot + SECOND];
      if ((a === first && b === second) || (a === second && b === first)) return words[slot];
    }
    return 0;
  }

  /** The first context of a name with many tags or a host that has the hash; 0 if none. */
  findByHash(nameId: number, hash: number): number {
    return this.#findMany(nameId, hash, (hash << SLOT_BITS) & this.#mask);
  }

  /** The next after the one that was found last; 0 if none. */
  findNext(nameId: number, hash: number): number {
    return this.#findMany(nameId, hash, (this.#foundSlot + SLOT) & this.#mask);
  }

  #findMany(nameId: number, hash: number, begin: number): number {
    const words = this.#words;
    const mask = this.#mask;
    const key = (nameId << KEY_BITS) | MANY;
    let slot = begin;
    while (words[slot] !== 0 && (words[slot + KEY] !== key || words[slot + FIRST] !== hash)) slot = (slot + SLOT) & mask;
    this.#foundSlot = slot;
    return words[slot];
  }

  /** Adds a context that {@link findFew} is to find. There must be room. */
  addFew(contextId: number, nameId: number, tagIds: Int32Array, count: number, hash: number): void {
    const slot = this.#slotOf(0, hash);
    this.#words[slot] = contextId;
    this.#words[slot + KEY] = (nameId << KEY_BITS) | count;
    this.#setTags(slot, tagIds, count);
  }

  /** Adds a context that {@link findByHash} is to find. There must be room. */
  addMany(contextId: number, nameId: number, hash: number): void {
    const slot = this.#slotOf(0, hash);
    this.#words[slot] = contextId;
    this.#words[slot + KEY] = (nameId << KEY_BITS) | MANY;
    this.#words[slot + FIRST] = hash;
  }

  #setTags(slot: number, tagIds: Int32Array, count: number): void {
    this.#words[slot + FIRST] = count > 0 ? tagIds[0] : 0;
    this.#words[slot + SECOND] = count > 1 ? tagIds[1] : 0;
  }

  /** The slot of a context, or, of 0, the next that is empty. */
  #slotOf(contextId: number, hash: number): number {
    let slot = (hash << SLOT_BITS) & this.#mask;
    while (this.#words[slot] !== contextId) slot = (slot + SLOT) & this.#mask;
    return slot;
  }

  /** Takes a context out and moves later ones of its run up, so that no search ends too early (Knuth, vol. 3, 6.4, algorithm R). */
  remove(contextId: number, records: Int32Array): void {
    const words = this.#words;
    const mask = this.#mask;
    let hole = this.#slotOf(contextId, records[(contextId << RECORD_BITS) + HASH]);
    for (let slot = (hole + SLOT) & mask; words[slot] !== 0; slot = (slot + SLOT) & mask) {
      const home = (records[(words[slot] << RECORD_BITS) + HASH] << SLOT_BITS) & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        for (let i = 0; i < SLOT; i++) words[hole + i] = words[slot + i];
        hole = slot;
      }
    }
    words[hole] = 0;
    words[hole + KEY] = 0;
  }
}
