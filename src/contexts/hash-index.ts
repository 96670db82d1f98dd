/** Every record begins with its hash. */
export const HASH = 0;

/**
 * The slots of a hash table with open addressing. A slot is one word, because a look-up among a million records waits for memory
 * most of the time, and more of small slots stay in the processor's caches. The lower bits are the id of a record, 0 for none. The
 * upper ones, which the ids do not need, are those of the record's hash. They rule out most other records without reading them.
 *
 * The owner searches the slots itself, from `hash & mask` on, slot by slot, to the first empty one, because it compares more than
 * hashes.
 */
export class HashIndex {
  readonly slots: Int32Array;
  readonly mask: number;
  /** The bits of a slot that are an id. */
  readonly idMask: number;

  /**
   * @param capacity At least so many records find room.
   * @param maxId The greatest id.
   */
  constructor(capacity: number, maxId: number) {
    // A power of two, so that at most half of the slots are full.
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
    this.mask = this.slots.length - 1;
    this.idMask = 2 ** (32 - Math.clz32(maxId)) - 1;
  }

  /** Most records. */
  get capacity(): number {
    return this.slots.length >>> 1;
  }

  /** Adds a record. There must be room. */
  add(id: number, hash: number): void {
    const { slots, mask, idMask } = this;
    let slot = hash & mask;
    while (slots[slot] !== 0) slot = (slot + 1) & mask;
    slots[slot] = (hash & ~idMask) | id;
  }

  /**
   * Removes a record, which must still have its hash. Later slots of the same run move up, so that no search ends too early (Knuth,
   * The Art of Computer Programming, vol. 3, 6.4, algorithm R).
   *
   * @param words All records. That of an id begins at `id << recordBits`.
   */
  remove(id: number, words: Int32Array, recordBits: number): void {
    const { slots, mask, idMask } = this;
    let hole = words[(id << recordBits) + HASH] & mask;
    while ((slots[hole] & idMask) !== id) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = words[((slots[slot] & idMask) << recordBits) + HASH] & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot];
      hole = slot;
    }
    slots[hole] = 0;
  }
}

/** The finalizer of MurmurHash3: every bit of the word changes every bit of the hash. */
export function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
