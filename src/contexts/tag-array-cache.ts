/** The cache has 2^PLACE_BITS places. */
const PLACE_BITS = 12;
/** Most tags of an array that is cached. */
export const MAX_CACHED_TAGS = 32;
/** After this many misses of a spelling in a row, only one miss in this many is cached. */
const MISSES_BEFORE_SPARING = 8;

/** An array of tags that came with a name, and the code that it led to. The object is reused for the next array at its place. */
class CachedTagArray {
  /** Id of the spelling that it came with. */
  ownerId = 0;
  code = 0;
  /** The cache's count of clearings when this was cached: at another count this is invalid. */
  clearCount = 0;
  /** Number of tags; the array may be longer. */
  count = 0;
  /** Each as the interner's own string. */
  readonly tags: string[] = [];
}

/**
 * Caches the arrays of tags that came last, each with its code. If a sample has the same tags in the same order as an earlier
 * one, its code is found by comparing strings, without looking up ids. Another order is another array, with the same code. Arrays
 * of the same place displace each other, which does not matter: a few hundred contexts have room, and among more of them the
 * look-up by ids costs little in comparison.
 */
export class TagArrayCache {
  /** The hash of the array at each place. It rules out most arrays that are not cached. */
  readonly #hashes = new Int32Array(1 << PLACE_BITS);
  readonly #places: (CachedTagArray | undefined)[] = new Array(1 << PLACE_BITS).fill(undefined);
  #clearCount = 1;
  /** The tags that were found last, and perhaps more behind them; each is the interner's own string. */
  foundTags: readonly string[] = [];

  /**
   * Returns the code that the first `count` tags led to, or 0 if they are not cached.
   *
   * @param hash Depends on the tags, their order and the owner.
   */
  find(ownerId: number, tags: readonly string[], count: number, hash: number): number {
    const place = hash >>> (32 - PLACE_BITS);
    if (this.#hashes[place] !== hash) return 0;
    const cached = this.#places[place];
    if (cached === undefined || cached.ownerId !== ownerId || cached.clearCount !== this.#clearCount) return 0;
    if (cached.count !== count) return 0;
    const own = cached.tags;
    for (let i = 0; i < count; i++) if (own[i] !== tags[i]) return 0;
    this.foundTags = own;
    return cached.code;
  }

  /** Whether to cache tags that were not found, after this many misses in a row. */
  wants(misses: number): boolean {
    return misses <= MISSES_BEFORE_SPARING || misses % MISSES_BEFORE_SPARING === 0;
  }

  /** Caches a copy of the first `count` tags. */
  add(ownerId: number, tags: readonly string[], count: number, hash: number, code: number): void {
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
    cached.ownerId = ownerId;
    cached.code = code;
    cached.count = count;
    cached.clearCount = this.#clearCount;
    this.#hashes[place] = hash;
  }

  /** Forgets everything. */
  clear(): void {
    this.#clearCount++;
  }
}

/** Hashes the tags of a spelling in their order. */
export function hashOfArray(ownerId: number, tagHashes: Int32Array, count: number): number {
  let hash = ownerId;
  for (let i = 0; i < count; i++) {
    hash = Math.imul(hash ^ tagHashes[i], 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return Math.imul(hash, 0x85ebca6b);
}
