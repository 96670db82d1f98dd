import type { SampleIds } from './sample-ids.js';

/** The cache has 2^PLACE_BITS places. A place has PLACE_WORDS words: NUMBER, HOST, COUNT, then the ids of the tags. */
const PLACE_BITS = 6;
const PLACE_WORDS = 16;
const NUMBER = 0;
const HOST = 1;
const COUNT = 2;
const IDS = 3;
const MAX_TAGS = PLACE_WORDS - IDS;

/** One miss in this many displaces a set, so that sets that come once seldom displace others. */
const DISPLACING_PERIOD = 8;

const MAX_NUMBER = 2 ** 31 - 1;

/**
 * Numbers the sets of tags and hosts that come over and over. Equal numbers stand for equal sets, so whoever has kept a number
 * compares one integer in place of all ids. No number is given twice.
 */
export class TagSetCache {
  readonly #places = new Int32Array(PLACE_WORDS << PLACE_BITS);
  #lastNumber = 0;
  #misses = 0;
  /** The ids are valid while this is the store's `removedCount`. */
  #removedCount = 0;

  /** Returns the number of the tags and the host of the sample that was read last, or 0 if it has none. */
  numberOf({ tagIds, tagCount, tagsHash, hostId }: SampleIds, removedCount: number): number {
    const places = this.#places;
    if (removedCount !== this.#removedCount) {
      this.#removedCount = removedCount;
      places.fill(0);
    }
    if (tagCount > MAX_TAGS) return 0;
    const place = (tagsHash >>> (32 - PLACE_BITS)) * PLACE_WORDS;
    const number = places[place + NUMBER];
    let isSame = number !== 0 && places[place + HOST] === hostId && places[place + COUNT] === tagCount;
    for (let i = 0; isSame && i < tagCount; i++) isSame = places[place + IDS + i] === tagIds[i];
    if (isSame) return number;
    if (this.#lastNumber === MAX_NUMBER || (number !== 0 && ++this.#misses % DISPLACING_PERIOD !== 0)) return 0;
    places[place + NUMBER] = ++this.#lastNumber;
    places[place + HOST] = hostId;
    places[place + COUNT] = tagCount;
    for (let i = 0; i < tagCount; i++) places[place + IDS + i] = tagIds[i];
    return this.#lastNumber;
  }
}
