/** The cache has 2^PLACE_BITS places. */
const PLACE_BITS = 12;
/** Most tags of an array that is cached. */
export const MAX_CACHED_TAGS = 32;
/** After this many misses of a spelling in a row, only one miss in this many is cached. */
const MISSES_BEFORE_SPARING = 8;

/** A miss costs as much as this many hits save. */
const HITS_PER_MISS = 8;
/** With so many hits too few, the cache is left out of most look-ups. */
const MAX_MISSING_HITS = 256;
/** One look-up in this many is made all the same, to see whether the arrays come again by now. */
const PROBING_PERIOD = 32;

/** The owner of cached arrays: one spelling of a metric's name in one scope. */
export interface CacheOwner {
  /** Different from every other owner's. */
  readonly id: number;
  /** The array that was cached or found last. */
  lastTags: CachedTagArray;
  /** Number of look-ups since `lastTags` was the right array. */
  misses: number;
}

/** An array of tags that came with a name, and the code that it led to. The object is reused for the next array at its place. */
export class CachedTagArray {
  ownerId = 0;
  code = 0;
  /** The cache's count of clearings when this was cached: at another count this is invalid. */
  clearCount = 0;
  /** Number of times that this object was filled. */
  revision = 0;
  /** Number of tags; the array may be longer. */
  count = 0;
  /** Each as the interner's own string. */
  readonly tags: string[] = [];

  /**
   * Whether an array has these tags, in this order. Reading the array may run the caller's code. If that code causes this object
   * to be filled anew, the result is false.
   */
  equals(tags: readonly string[]): boolean {
    const { revision, count } = this;
    const own = this.tags;
    if (tags.length !== count) return false;
    for (let i = 0; i < count; i++) if (own[i] !== tags[i]) return false;
    return revision === this.revision;
  }
}

/**
 * Caches the arrays of tags that came last, each with its code. If a sample has the same tags in the same order as an earlier
 * one, its code is found by comparing strings, without looking up ids. Another order is another array, with the same code. A few
 * characters of each tag decide the place of an array, because a hash of all characters would cost more. Arrays of the same place
 * displace each other. The cache keeps no owner alive.
 *
 * The cache saves time when a few hundred arrays come over and over. It notices when they do not.
 */
export class TagArrayCache {
  /** The hash of the array at each place. It rules out most arrays that are not cached. */
  readonly #hashes = new Int32Array(1 << PLACE_BITS);
  readonly #places: (CachedTagArray | undefined)[] = new Array(1 << PLACE_BITS).fill(undefined);
  #clearCount = 1;
  /** How many hits the misses would need to have been worthwhile. */
  #missingHits = 0;
  /** Number of look-ups from which the cache was left out, or might have been. */
  #skipped = 0;

  /** Returns the code that the tags led to, or 0 if they are not cached. */
  find(owner: CacheOwner, tags: readonly string[]): number {
    const last = owner.lastTags;
    if (owner.misses === 0 && this.#isValid(last, owner) && last.equals(tags)) return last.code;
    if (this.#missingHits >= MAX_MISSING_HITS && ++this.#skipped % PROBING_PERIOD !== 0) {
      owner.misses++;
      return 0;
    }
    const hash = hashOf(owner.id, tags, tags.length);
    const place = hash >>> (32 - PLACE_BITS);
    const cached = this.#hashes[place] === hash ? this.#places[place] : undefined;
    if (cached === undefined || !this.#isValid(cached, owner) || !cached.equals(tags)) {
      owner.misses++;
      this.#noteMiss(place);
      return 0;
    }
    if (this.#missingHits > 0) this.#missingHits--;
    owner.misses = cached === last ? 0 : 1;
    owner.lastTags = cached;
    return cached.code;
  }

  #noteMiss(place: number): void {
    // A place that is free yet says nothing.
    if (this.#places[place]?.clearCount !== this.#clearCount) return;
    // Twice the limit at most, so that not too many hits bring the cache back.
    this.#missingHits = Math.min(this.#missingHits + HITS_PER_MISS, MAX_MISSING_HITS * 2);
  }

  #isValid(cached: CachedTagArray, owner: CacheOwner): boolean {
    return cached.ownerId === owner.id && cached.clearCount === this.#clearCount;
  }

  /** Whether to cache tags that were not found. */
  shouldCache({ misses }: CacheOwner): boolean {
    if (this.#missingHits >= MAX_MISSING_HITS && this.#skipped % PROBING_PERIOD !== 0) return false;
    return misses <= MISSES_BEFORE_SPARING || misses % MISSES_BEFORE_SPARING === 0;
  }

  /** Caches a copy of the first `count` tags, unless there are more than {@link MAX_CACHED_TAGS}. */
  add(owner: CacheOwner, tags: readonly string[], count: number, code: number): void {
    const hash = hashOf(owner.id, tags, count);
    if (hash === 0) return;
    const place = hash >>> (32 - PLACE_BITS);
    let cached = this.#places[place];
    if (cached === undefined) {
      cached = new CachedTagArray();
      this.#places[place] = cached;
    }
    const own = cached.tags;
    for (let i = 0; i < count; i++) {
      // The length is never set, which would cost more than the rest of this method.
      if (i < own.length) own[i] = tags[i];
      else own.push(tags[i]);
    }
    cached.ownerId = owner.id;
    cached.code = code;
    cached.revision++;
    cached.count = count;
    cached.clearCount = this.#clearCount;
    this.#hashes[place] = hash;
    owner.lastTags = cached;
  }

  /** Forgets everything. */
  clear(): void {
    this.#clearCount++;
  }
}

/**
 * Hashes the lengths and the last three characters of the tags. Returns 0 if there are too many, or one is empty or not a string.
 */
function hashOf(ownerId: number, tags: readonly string[], count: number): number {
  if (count > MAX_CACHED_TAGS) return 0;
  let hash = ownerId;
  for (let i = 0; i < count; i++) {
    const tag: unknown = tags[i];
    if (typeof tag !== 'string' || tag === '') return 0;
    const last = tag.length - 1;
    const end =
      tag.charCodeAt(last) ^ (tag.charCodeAt(Math.max(last - 1, 0)) << 8) ^ (tag.charCodeAt(Math.max(last - 2, 0)) << 16);
    hash = Math.imul(hash ^ end ^ (last << 24), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b);
}
