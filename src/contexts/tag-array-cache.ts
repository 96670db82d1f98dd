import type { Interner } from './interner.js';

/** There are 2^PLACE_BITS places. */
const PLACE_BITS = 12;
/** Most tags of a sample that are remembered. */
const MAX_TAGS = 32;
/** After so many look-ups of a name in a row for which what is remembered was in vain, only one in so many is remembered. */
const MISSES_IN_VAIN = 8;

/** What tags are remembered for: one spelling of a name in one scope. */
export interface CacheOwner {
  /** Of this user alone. */
  readonly id: number;
  /** The tags that were remembered or found last. */
  lastTags: CachedTagArray;
  /** Look-ups since these were last the right ones. */
  misses: number;
}

/** Tags that came with a name, and the context that they led to. */
export class CachedTagArray {
  userId = 0;
  code = 0;
  epoch = 0;
  count = 0;
  /** Each as the interner's own string; past the count there may be others. */
  readonly tags: string[] = [];

  /** Whether these are the very tags, in their order. */
  are(tags: readonly string[]): boolean {
    const known = this.tags;
    const { count } = this;
    if (tags.length !== count) return false;
    for (let i = 0; i < count; i++) if (known[i] !== tags[i]) return false;
    return true;
  }
}

/**
 * The tags that came last with all names, so that a sample whose tags came before is found by comparing them alone, without their ids.
 * Where they are remembered follows from a few characters of each, which is less work than to hash them; tags of one place
 * displace each other. It holds no user.
 */
export class TagArrayCache {
  /** The hashes of the tags by their places: by these most that are not remembered are told. */
  readonly #hashes = new Int32Array(1 << PLACE_BITS);
  readonly #places: (CachedTagArray | undefined)[] = new Array(1 << PLACE_BITS).fill(undefined);
  #epoch = 1;

  /** Code of the context that these tags led to, 0 if they are not remembered. To read them may run code of the caller's. */
  find(user: CacheOwner, tags: readonly string[]): number {
    const last = user.lastTags;
    if (user.misses === 0 && this.#isCurrent(last, user) && last.are(tags)) return last.code;
    const hash = hashOf(user.id, tags);
    const place = hash >>> (32 - PLACE_BITS);
    const known = this.#hashes[place] === hash ? this.#places[place] : undefined;
    if (known === undefined || !this.#isCurrent(known, user) || !known.are(tags)) {
      user.misses++;
      return 0;
    }
    user.misses = known === last ? 0 : 1;
    user.lastTags = known;
    return known.code;
  }

  #isCurrent(known: CachedTagArray, user: CacheOwner): boolean {
    return known.userId === user.id && known.epoch === this.#epoch;
  }

  /** Whether to remember the tags that were not found. */
  shouldCache({ misses }: CacheOwner): boolean {
    return misses <= MISSES_IN_VAIN || misses % MISSES_IN_VAIN === 0;
  }

  /**
   * Remembers tags, `count` of them. Their ids stand in their order in `ids`, without the `cutCount` that are cut. To read them
   * may run code of the caller's: if it looked tags up, `ids` are others', and everything has to be forgotten.
   */
  remember(
    user: CacheOwner,
    tags: readonly string[],
    count: number,
    ids: Int32Array,
    code: number,
    interner: Interner,
    cutCount: number,
  ): void {
    const hash = hashOf(user.id, tags);
    if (hash === 0 || count > MAX_TAGS) return;
    const place = hash >>> (32 - PLACE_BITS);
    let known = this.#places[place];
    if (known === undefined) {
      known = new CachedTagArray();
      this.#places[place] = known;
    }
    const own = known.tags;
    let next = 0;
    for (let i = 0; i < count; i++) {
      const cut = cutCount > 0 ? interner.ownCutSpelling(tags, i, own[i]) : undefined;
      const tag = cut ?? interner.ownSpelling(ids[next++], tags, i);
      // Not before: what the reading of a tag recorded, or threw, may have come between.
      known.epoch = 0;
      if (tag === undefined) return;
      // Pushed where the array ends: its length is never set, which would cost more than all else here.
      if (i < own.length) own[i] = tag;
      else own.push(tag);
    }
    // Which tags are cut may have changed since they were looked up.
    if (next !== count - cutCount) return;
    known.userId = user.id;
    known.code = code;
    known.count = count;
    known.epoch = this.#epoch;
    this.#hashes[place] = hash;
    user.lastTags = known;
  }

  /** Forgets everything, because a context was forgotten, or shows its tags in another order. */
  forget(): void {
    this.#epoch++;
  }
}

/** A hash of the lengths and the last three characters of the tags; 0 when one of them is none, or they are too many. */
function hashOf(userId: number, tags: readonly string[]): number {
  const { length } = tags;
  if (length > MAX_TAGS) return 0;
  let hash = userId;
  for (let i = 0; i < length; i++) {
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
