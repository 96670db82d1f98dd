import { ownCopy } from '../model/text.js';
import { BAD_TAGS, CONTEXT_LIMIT } from './codes.js';
import { type ContextStore, hashOfTag } from './context-store.js';
import { CUT } from './interner.js';
import type { Scope } from './scope.js';
import { KnownTagArray, TagArrayCache } from './tag-array-cache.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** Most tags that one sample may have. A sample with more is malformed. */
export const MAX_TAGS = 1024;

/**
 * The ids of the tags and the host of one sample. One object is reused for every sample, so that a look-up allocates nothing.
 *
 * Reading the caller's array may run the caller's code (a getter, a proxy), and that code may record, which fills this object
 * with another sample. The count of readings shows this, and the sample that was being read is dropped.
 */
export class SampleIds {
  /** Ids of the tags without the constant ones, each once. The first `tagCount` are valid. */
  readonly tagIds = new Int32Array(MAX_TAGS);
  tagCount = 0;
  /** Sum of the hashes of the tags. */
  tagsHash = 0;
  /** Id of the host; 0 for the client's. */
  hostId = 0;
  readonly #contexts: ContextStore;
  readonly #arrays = new TagArrayCache();
  /**
   * Constant tags are interned first, so their ids are the ids up to this one. They are left out of contexts: every row has them,
   * so a sample that names one belongs to the same series as a sample that does not.
   */
  readonly #lastConstantTagId: number;
  /** The constant tags, normalised, each once. */
  readonly constantTags: readonly string[];
  /** Number of samples that were read so far. */
  #readings = 0;

  constructor(contexts: ContextStore, constantTags: readonly string[]) {
    this.#contexts = contexts;
    const { tags } = contexts;
    for (const tag of constantTags) {
      const id = tags.intern(tag);
      if (id !== 0) tags.retain(id);
    }
    this.#lastConstantTagId = tags.size;
    this.constantTags = tags.strings.slice(1);
  }

  isConstantTag(id: number): boolean {
    return id <= this.#lastConstantTagId;
  }

  /** Begins to read a sample whose tags are in an array. Returns a cached array with these tags, or undefined. */
  findArray(tags: readonly string[]): KnownTagArray | undefined {
    this.#readings++;
    return this.#arrays.find(tags, this.#contexts.removedCount);
  }

  /**
   * Looks up the sample's tags with those of its scope, and its host or else the scope's. Returns 0, or the code of a refusal. If
   * there is no room for another context, nothing is interned, because a sample with an unknown tag or host has no context.
   *
   * @param known What {@link findArray} returned.
   */
  read(scope: Scope, tags: readonly string[], host: string | undefined, known: KnownTagArray | undefined): number {
    const { tags: interner } = this.#contexts;
    const length = tags.length >>> 0;
    if (length + scope.tags.length > MAX_TAGS) return BAD_TAGS;
    if (known !== undefined) return this.#readKnown(scope, known, host);
    const reading = this.#readings;
    const { tagIds } = this;
    const frequent = interner.frequent;
    const lastConstantTagId = this.#lastConstantTagId;
    let hash = 0;
    let count = 0;
    let index = 0;
    for (; index < length; index++) {
      const tag = tags[index];
      if (typeof tag !== 'string') break;
      const id = frequent.get(tag) || interner.findRare(tag);
      // This does what #addId does, which would be a call for each tag.
      if (id > lastConstantTagId) {
        let i = 0;
        while (i < count && tagIds[i] !== id) i++;
        if (i < count) continue;
        tagIds[count++] = id;
        hash = (hash + hashOfTag(id)) | 0;
      } else if (id === 0) break;
    }
    this.tagsHash = hash;
    // The rest is read before any of it is interned. Otherwise a sample that is recorded during the reading could discard the id
    // of a tag that no context has yet.
    const unknown = index < length ? stringsFrom(tags, index, length) : undefined;
    if ((index < length && unknown === undefined) || reading !== this.#readings) return BAD_TAGS;
    return this.#complete(scope, unknown, count, host);
  }

  #readKnown(scope: Scope, { tagIds, tagsHash }: KnownTagArray, host: string | undefined): number {
    const count = tagIds.length;
    for (let i = 0; i < count; i++) this.tagIds[i] = tagIds[i];
    this.tagsHash = tagsHash;
    return this.#complete(scope, undefined, count, host);
  }

  /** Does the same as {@link read} for tags that are the properties of a plain object, without putting `key:value` together. */
  readRecord(scope: Scope, record: Readonly<Record<string, unknown>>, host: string | undefined): number {
    const { tags: interner } = this.#contexts;
    const { frequent } = interner;
    const reading = ++this.#readings;
    this.tagsHash = 0;
    let count = 0;
    let given = 0;
    // As in `read`, nothing is interned before everything is read.
    let unknown: string[] | undefined;
    for (const key in record) {
      // Libraries may have added something to the prototype of all objects.
      if (!hasOwn.call(record, key)) continue;
      const value = record[key];
      if (value === undefined || value === null) continue;
      if (key === '' || (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')) return BAD_TAGS;
      if (++given + scope.tags.length > MAX_TAGS) return BAD_TAGS;
      const text = typeof value === 'string' ? value : `${value}`;
      const id = unknown === undefined ? frequent.getPair(key, text) || interner.findRarePair(key, text) : 0;
      if (id !== 0) count = this.#addId(id, count);
      else if (unknown === undefined) unknown = [`${key}:${text}`];
      else unknown.push(`${key}:${text}`);
    }
    return reading === this.#readings ? this.#complete(scope, unknown, count, host) : BAD_TAGS;
  }

  /** Adds the tags that are not known yet, those of the scope, and the host. Returns 0, or the code of a refusal. */
  #complete(scope: Scope, unknown: readonly string[] | undefined, known: number, host: string | undefined): number {
    const contexts = this.#contexts;
    let count = unknown === undefined ? known : this.#internTags(unknown, known);
    if (count < 0) return count;
    if (scope.tagIdsRemovedCount !== contexts.removedCount && !this.#internScopeTags(scope)) return CONTEXT_LIMIT;
    for (let i = 0; i < scope.tagIds.length; i++) count = this.#addTag(scope.tagIds[i], count);
    this.tagCount = count;
    const hostId = host === undefined ? this.#scopeHostId(scope) : contexts.internHost(host);
    if (hostId === undefined) return CONTEXT_LIMIT;
    this.hostId = hostId;
    return 0;
  }

  /** Discards what was interned for the sample that was read last, unless a context uses it. */
  discard(scope: Scope): void {
    const contexts = this.#contexts;
    for (let i = 0; i < this.tagCount; i++) contexts.tags.discardUnused(this.tagIds[i]);
    contexts.discardUnusedHost(this.hostId);
    scope.tagIdsRemovedCount = -1;
    scope.hostIdRemovedCount = -1;
  }

  /**
   * Caches an array that was not found, and whose tags were read last, if that is worthwhile. Returns what was cached. The array
   * may have changed since, or may record while it is read.
   */
  cacheArray(tags: readonly string[]): KnownTagArray | undefined {
    const arrayHash = this.#arrays.wantedHash;
    if (arrayHash === 0) return undefined;
    const { tags: interner, removedCount } = this.#contexts;
    const spellings = stringsFrom(tags, 0, tags.length >>> 0);
    if (spellings === undefined) return undefined;
    const tagIds: number[] = [];
    let hash = 0;
    for (const [i, text] of spellings.entries()) {
      const id = interner.find(text);
      if (id === 0) return undefined;
      spellings[i] = (id === CUT ? undefined : interner.ownSpelling(id, text)) ?? ownCopy(text);
      if (id <= this.#lastConstantTagId || tagIds.includes(id)) continue;
      tagIds.push(id);
      hash = (hash + hashOfTag(id)) | 0;
    }
    const known = new KnownTagArray(spellings, Int32Array.from(tagIds), hash, removedCount);
    this.#arrays.add(arrayHash, known);
    return known;
  }

  /** Interns tags and adds their ids to the first `count`. Returns the new number of ids, or the code of a refusal. */
  #internTags(tags: readonly string[], count: number): number {
    const { tags: interner, isFull } = this.#contexts;
    let end = count;
    for (const tag of tags) {
      const id = isFull ? interner.internKnown(tag) : interner.intern(tag);
      if (id === undefined) return CONTEXT_LIMIT;
      // A tag that is cut for the first time is not counted, because it may never come again.
      if (id > 0) end = this.#addId(id, end);
    }
    return end;
  }

  #addId(id: number, count: number): number {
    return id > this.#lastConstantTagId ? this.#addTag(id, count) : count;
  }

  #addTag(id: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.tagIds[i] === id) return count;
    this.tagIds[count] = id;
    this.tagsHash = (this.tagsHash + hashOfTag(id)) | 0;
    return count + 1;
  }

  /** Looks up the ids of the scope's tags. Returns false if one is unknown and there is no room for another context. */
  #internScopeTags(scope: Scope): boolean {
    const { tags, isFull, removedCount } = this.#contexts;
    scope.tagIds.length = 0;
    for (const tag of scope.tags) {
      const id = isFull ? tags.internKnown(tag) : tags.intern(tag);
      if (id === undefined) return false;
      if (id > this.#lastConstantTagId && !scope.tagIds.includes(id)) scope.tagIds.push(id);
    }
    scope.tagIdsRemovedCount = removedCount;
    return true;
  }

  #scopeHostId(scope: Scope): number | undefined {
    if (scope.host === undefined) return 0;
    const { removedCount } = this.#contexts;
    if (scope.hostIdRemovedCount !== removedCount) {
      const id = this.#contexts.internHost(scope.host);
      if (id === undefined) return undefined;
      scope.hostId = id;
      scope.hostIdRemovedCount = removedCount;
    }
    return scope.hostId;
  }
}

/** Copies the tags from an index on, and reads each once. Returns undefined if one of them is not a string. */
function stringsFrom(tags: readonly string[], begin: number, end: number): string[] | undefined {
  const copy: string[] = [];
  for (let i = begin; i < end; i++) {
    const tag: unknown = tags[i];
    if (typeof tag !== 'string') return undefined;
    copy.push(tag);
  }
  return copy;
}
