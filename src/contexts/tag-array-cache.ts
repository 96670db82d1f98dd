/** The cache has 2^SET_BITS sets of two places. */
const SET_BITS = 11;
/** Most tags of an array that is cached. */
const MAX_CACHED_TAGS = 32;

/** One miss in this many displaces an array, so that arrays that come once seldom displace others. */
const DISPLACING_PERIOD = 8;

/** A miss costs as much as this many hits save. */
const HITS_PER_MISS = 8;
/** With so many hits too few, the cache is left out of most look-ups. */
const MAX_MISSING_HITS = 256;
/** One look-up in this many is made all the same, to see whether the arrays come again by now. */
const PROBING_PERIOD = 32;

/** An array of tags that came before, and what its tags led to. Only `owner` and `code` change. */
export class KnownTagArray {
  /** Each as the interner's own string. */
  readonly tags: readonly string[];
  /** Ids of the tags without the constant and the cut ones, each once. */
  readonly tagIds: Int32Array;
  /** Sum of the hashes of the ids. */
  readonly tagsHash: number;
  /** The store's `removedCount` when the ids were looked up. At another count they are invalid. */
  readonly removedCount: number;
  /** The spelling of a metric's name that came with the array last. */
  owner: object | undefined;
  /** The code that the owner and the array led to. */
  code = 0;

  constructor(tags: readonly string[], tagIds: Int32Array, tagsHash: number, removedCount: number) {
    this.tags = tags;
    this.tagIds = tagIds;
    this.tagsHash = tagsHash;
    this.removedCount = removedCount;
  }

  /** Whether an array has these tags, in this order. Reading the array may run the caller's code. */
  equals(tags: readonly string[]): boolean {
    const own = this.tags;
    const { length } = own;
    if (tags.length !== length) return false;
    for (let i = 0; i < length; i++) if (own[i] !== tags[i]) return false;
    return true;
  }
}

/** Is never valid. */
export const NO_ARRAY = new KnownTagArray([], new Int32Array(0), 0, -1);

/**
 * Caches the arrays of tags that come over and over. An array with the same tags in the same order as an earlier one is found by
 * comparing strings, without a look-up of each tag. A few characters of each tag decide the set of an array. Arrays of the same set
 * displace each other.
 *
 * The cache saves time when a few thousand arrays come over and over. It notices when they do not.
 */
export class TagArrayCache {
  /** The hash of the array at each place. It rules out most arrays that are not cached. */
  readonly #hashes = new Int32Array(2 << SET_BITS);
  readonly #places: KnownTagArray[] = new Array(2 << SET_BITS).fill(NO_ARRAY);
  /** The hash of the array that was looked up last, if it is to be added; otherwise 0. */
  wantedHash = 0;
  #misses = 0;
  /** How many hits the misses would need to have been worthwhile. */
  #missingHits = 0;
  /** Number of look-ups from which the cache was left out, or might have been. */
  #skipped = 0;

  /** Returns an array with these tags, or undefined if it is not cached. */
  find(tags: readonly string[], removedCount: number): KnownTagArray | undefined {
    this.wantedHash = 0;
    if (this.#missingHits >= MAX_MISSING_HITS && ++this.#skipped % PROBING_PERIOD !== 0) return undefined;
    const hash = hashOf(tags);
    const first = firstPlaceOf(hash);
    for (let place = first; place < first + 2; place++) {
      if (this.#hashes[place] !== hash) continue;
      const known = this.#places[place];
      if (known.removedCount !== removedCount || !known.equals(tags)) continue;
      if (this.#missingHits > 0) this.#missingHits--;
      return known;
    }
    this.#noteMiss(hash, removedCount);
    return undefined;
  }

  #noteMiss(hash: number, removedCount: number): void {
    const first = firstPlaceOf(hash);
    if (this.#places[first].removedCount === removedCount && this.#places[first + 1].removedCount === removedCount) {
      // Twice the limit at most, so that not too many hits bring the cache back.
      this.#missingHits = Math.min(this.#missingHits + HITS_PER_MISS, MAX_MISSING_HITS * 2);
      if (++this.#misses % DISPLACING_PERIOD !== 0) return;
    }
    this.wantedHash = hash;
  }

  /** @param hash What `wantedHash` was after the array was looked up. */
  add(hash: number, known: KnownTagArray): void {
    const first = firstPlaceOf(hash);
    this.#hashes[first + 1] = this.#hashes[first];
    this.#places[first + 1] = this.#places[first];
    this.#hashes[first] = hash;
    this.#places[first] = known;
  }
}

function firstPlaceOf(hash: number): number {
  return (hash >>> (32 - SET_BITS)) << 1;
}

/**
 * Hashes the length, the last three characters and the middle one of each tag. Returns 0 if there are too many tags, or one is empty
 * or not a string.
 */
function hashOf(tags: readonly string[]): number {
  const { length } = tags;
  if (length > MAX_CACHED_TAGS) return 0;
  let hash = length;
  for (let i = 0; i < length; i++) {
    const tag: unknown = tags[i];
    if (typeof tag !== 'string' || tag === '') return 0;
    const end = tag.length;
    let characters = tag.charCodeAt(end - 1) ^ (tag.charCodeAt(end >>> 1) << 24);
    if (end > 2) characters ^= (tag.charCodeAt(end - 2) << 8) ^ (tag.charCodeAt(end - 3) << 16);
    hash = Math.imul(hash ^ characters ^ (end << 12), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b);
}
