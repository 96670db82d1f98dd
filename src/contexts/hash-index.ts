/**
 * A record has 2^RECORD_BITS words: the tables of this folder keep what a look-up needs in 32 bytes, so that it costs one cache
 * miss.
 */
export const RECORD_BITS = 3;

/** Every record begins with its hash. */
export const HASH = 0;

/** Words of a slot: the id of a record, 0 for none, and the record's hash. Without the hash, a search would read more records. */
export const SLOT_WORDS = 2;

/**
 * The slots of a hash table with open addressing. The owner searches them itself, from `(hash << 1) & mask` on, slot by slot, to the
 * first empty one, because it compares more than hashes.
 */
export class HashIndex {
  readonly slots: Int32Array;
  readonly mask: number;

  /** @param capacity Most records that it will hold. */
  constructor(capacity: number) {
    // A power of two, so that at most half of the slots are full.
    this.slots = new Int32Array(SLOT_WORDS * 2 ** Math.ceil(Math.log2(capacity * 2)));
    this.mask = this.slots.length - 1;
  }

  /** Adds a record. There must be room. */
  add(id: number, hash: number): void {
    const { slots, mask } = this;
    let slot = (hash << 1) & mask;
    while (slots[slot] !== 0) slot = (slot + SLOT_WORDS) & mask;
    slots[slot] = id;
    slots[slot + 1] = hash;
  }

  /**
   * Removes a record. Later slots of the same run move up, so that no search ends too early (Knuth, The Art of Computer
   * Programming, vol. 3, 6.4, algorithm R).
   */
  remove(id: number, hash: number): void {
    const { slots, mask } = this;
    let hole = (hash << 1) & mask;
    while (slots[hole] !== id) hole = (hole + SLOT_WORDS) & mask;
    for (let slot = (hole + SLOT_WORDS) & mask; slots[slot] !== 0; slot = (slot + SLOT_WORDS) & mask) {
      const home = (slots[slot + 1] << 1) & mask;
      if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
      slots[hole] = slots[slot];
      slots[hole + 1] = slots[slot + 1];
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
