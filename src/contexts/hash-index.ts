/**
 * A record has 2^RECORD_BITS words: the tables of this folder keep what a look-up needs in 32 bytes, so that it costs one cache
 * miss.
 */
export const RECORD_BITS = 3;

/** Every record begins with its hash. */
export const HASH = 0;

/**
 * The slots of a hash table with open addressing: ids of records, 0 for an empty slot. The owner searches them itself, from
 * `hash & mask` on, slot by slot, to the first empty one, because it compares more than hashes.
 */
export class HashIndex {
  readonly slots: Int32Array;
  readonly mask: number;

  /** @param capacity Most records that it will hold. */
  constructor(capacity: number) {
    // A power of two, so that at most half of the slots are full.
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
    this.mask = this.slots.length - 1;
  }

  /** Adds a record. There must be room. */
  add(id: number, hash: number): void {
    let slot = hash & this.mask;
    while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
    this.slots[slot] = id;
  }

  /**
   * Removes a record. Later slots of the same run move up, so that no search ends too early (Knuth, The Art of Computer
   * Programming, vol. 3, 6.4, algorithm R).
   */
  remove(id: number, records: Int32Array): void {
    const { slots, mask } = this;
    const homeOf = (slot: number) => records[(slots[slot] << RECORD_BITS) + HASH] & mask;
    let hole = records[(id << RECORD_BITS) + HASH] & mask;
    while (slots[hole] !== id) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (((slot - homeOf(slot)) & mask) < ((slot - hole) & mask)) continue;
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
