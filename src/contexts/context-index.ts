// The hash table in which contexts are found. A slot has 16 bytes:
//
//   ID (of the context; 0 if the slot is empty), KEY, FIRST, SECOND
//
// For a context with few tags and the client's host, KEY holds its metric's id and the number of its tags, whose ids follow.
// Finding it among a million contexts costs one cache miss. For any other context, KEY holds its metric's id and MANY, and its hash
// follows; the caller compares the rest.

import { HASH, RECORD_BITS, removeSlot, slotCount } from './hash-index.js';

const SLOT_BITS = 2;
const SLOT = 1 << SLOT_BITS;
const KEY = 1;
const FIRST = 2;
const SECOND = 3;

/** Most tags of a context that {@link ContextIndex.findFew} finds. */
export const FEW_TAGS = 2;
const MANY = FEW_TAGS + 1;
const KEY_BITS = 2;

const FIRST_CAPACITY = 512;

/**
 * From this capacity on, the index grows to its final size at once, because moving many more contexts would block the event loop
 * for milliseconds.
 */
const LAST_SMALL_CAPACITY = 2 ** 16;

/**
 * Slots with open addressing, at most half of them full. The index grows with the contexts: if they were scattered over memory for
 * all that may ever live, each look-up would miss the processor's caches.
 */
export class ContextIndex {
  #words = new Int32Array(slotCount(FIRST_CAPACITY) << SLOT_BITS);
  #mask = this.#words.length - 1;
  #capacity = FIRST_CAPACITY;
  #size = 0;
  readonly #finalCapacity: number;
  /** The slot that {@link findByHash} or {@link findNext} found last. */
  #foundSlot = 0;

  /** @param capacity Most contexts that it will hold. */
  constructor(capacity: number) {
    this.#finalCapacity = capacity;
  }

  /** Makes room for one more context. */
  reserve(records: Int32Array): void {
    if (++this.#size <= this.#capacity) return;
    this.#capacity = this.#capacity < LAST_SMALL_CAPACITY ? this.#capacity * 2 : this.#finalCapacity;
    const old = this.#words;
    this.#words = new Int32Array(slotCount(this.#capacity) << SLOT_BITS);
    this.#mask = this.#words.length - 1;
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from] === 0) continue;
      const to = this.#emptySlot(records[(old[from] << RECORD_BITS) + HASH]);
      for (let i = 0; i < SLOT; i++) this.#words[to + i] = old[from + i];
    }
  }

  /** Returns the context of a metric with few tags, in any order, and with the client's host; 0 if there is none. */
  findFew(metricId: number, tagIds: Int32Array, count: number, hash: number): number {
    const words = this.#words;
    const mask = this.#mask;
    const key = (metricId << KEY_BITS) | count;
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

  /** Returns the first context of a metric with many tags or another host that has the hash; 0 if there is none. */
  findByHash(metricId: number, hash: number): number {
    return this.#findFrom((hash << SLOT_BITS) & this.#mask, metricId, hash);
  }

  /** Returns the next context after the one found last; 0 if there is none. */
  findNext(metricId: number, hash: number): number {
    return this.#findFrom((this.#foundSlot + SLOT) & this.#mask, metricId, hash);
  }

  #findFrom(begin: number, metricId: number, hash: number): number {
    const words = this.#words;
    const mask = this.#mask;
    const key = (metricId << KEY_BITS) | MANY;
    let slot = begin;
    while (words[slot] !== 0 && (words[slot + KEY] !== key || words[slot + FIRST] !== hash)) slot = (slot + SLOT) & mask;
    this.#foundSlot = slot;
    return words[slot];
  }

  /** Adds a context for {@link findFew}. There must be room: see {@link reserve}. */
  addFew(contextId: number, metricId: number, tagIds: Int32Array, count: number, hash: number): void {
    const slot = this.#emptySlot(hash);
    this.#words[slot] = contextId;
    this.#words[slot + KEY] = (metricId << KEY_BITS) | count;
    this.#words[slot + FIRST] = count > 0 ? tagIds[0] : 0;
    this.#words[slot + SECOND] = count > 1 ? tagIds[1] : 0;
  }

  /** Adds a context for {@link findByHash}. There must be room: see {@link reserve}. */
  addMany(contextId: number, metricId: number, hash: number): void {
    const slot = this.#emptySlot(hash);
    this.#words[slot] = contextId;
    this.#words[slot + KEY] = (metricId << KEY_BITS) | MANY;
    this.#words[slot + FIRST] = hash;
  }

  #emptySlot(hash: number): number {
    let slot = (hash << SLOT_BITS) & this.#mask;
    while (this.#words[slot] !== 0) slot = (slot + SLOT) & this.#mask;
    return slot;
  }

  /** Removes a context. */
  remove(contextId: number, records: Int32Array): void {
    this.#size--;
    removeSlot(this.#words, SLOT_BITS, contextId, records);
  }
}
