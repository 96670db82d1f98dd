import { BAD_TAGS, CONTEXT_LIMIT } from './codes.js';
import { type ContextStore, hashOfTag } from './context-store.js';
import { CUT } from './interner.js';
import type { Scope } from './scope.js';
import { ownCopy } from './string-table.js';
import { MAX_CACHED_TAGS } from './tag-array-cache.js';

const hasOwn = Object.prototype.hasOwnProperty;

/** Most tags that one sample may have. A sample with more is malformed. */
export const MAX_TAGS = 1024;

/** In place of the id of a tag: it is new, and there is no room for another context. */
const NO_ROOM = -2;

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
  /** The tags as they were given, the first `givenCount` of them, and the hashes by which the interner finds frequent ones. */
  readonly texts: string[] = [];
  readonly hashes = new Int32Array(MAX_TAGS);
  givenCount = 0;
  readonly #contexts: ContextStore;
  /** Number of tags that were known to be cut. A repeated tag counts each time. */
  #cutCount = 0;
  /**
   * Constant tags are interned first, so their ids are the ids up to this one. They are left out of contexts: every row has them,
   * so a sample that names one belongs to the same series as a sample that does not.
   */
  readonly #lastConstantTagId: number;
  /** The constant tags, normalised, each once. */
  readonly constantTags: readonly string[];
  /** Number of samples that were read so far. */
  #readings = 0;
  readonly #spellings: string[] = [];

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

  /**
   * Reads the tags of a sample, each once, into `texts` and `hashes`. Returns their number, or {@link BAD_TAGS}. Whatever follows
   * runs no code of the caller.
   */
  readTexts(scope: Scope, tags: readonly string[]): number {
    const length = tags.length >>> 0;
    if (length + scope.tags.length > MAX_TAGS) return BAD_TAGS;
    const reading = ++this.#readings;
    const { texts, hashes } = this;
    const { frequent } = this.#contexts.tags;
    for (let i = 0; i < length; i++) {
      const tag: unknown = tags[i];
      if (typeof tag !== 'string') return BAD_TAGS;
      texts[i] = tag;
      hashes[i] = frequent.hashOf(tag);
    }
    this.givenCount = length;
    return reading === this.#readings ? length : BAD_TAGS;
  }

  /**
   * Looks up the tags that were read last with those of the scope, and the host or else the scope's. Returns 0, or the code of a
   * refusal. If there is no room for another context, nothing is interned, because a sample with an unknown tag or host has no
   * context.
   */
  identify(scope: Scope, host: string | undefined): number {
    const { tags: interner } = this.#contexts;
    const { frequent } = interner;
    const { tagIds, texts, hashes } = this;
    const given = this.givenCount;
    const lastConstantTagId = this.#lastConstantTagId;
    this.#cutCount = 0;
    let hash = 0;
    let count = 0;
    for (let index = 0; index < given; index++) {
      const text = texts[index];
      const id = frequent.get(text, hashes[index]) || interner.findRare(text) || this.#intern(text);
      // This is #addId, which would be called for each tag.
      if (id > lastConstantTagId) {
        let i = 0;
        while (i < count && tagIds[i] !== id) i++;
        if (i < count) continue;
        tagIds[count++] = id;
        hash = (hash + hashOfTag(id)) | 0;
      } else if (id === CUT) this.#cutCount++;
      else if (id === NO_ROOM) return CONTEXT_LIMIT;
    }
    this.tagsHash = hash;
    return this.#complete(scope, count, host);
  }

  /** Does the same as {@link readTexts} and {@link identify}. */
  read(scope: Scope, tags: readonly string[], host: string | undefined): number {
    const count = this.readTexts(scope, tags);
    return count < 0 ? count : this.identify(scope, host);
  }

  /** Does the same as {@link read} for tags that are the properties of a plain object, without putting `key:value` together. */
  readRecord(scope: Scope, record: Readonly<Record<string, unknown>>, host: string | undefined): number {
    const { tags: interner } = this.#contexts;
    const { frequent } = interner;
    const reading = ++this.#readings;
    this.#cutCount = 0;
    this.tagsHash = 0;
    let count = 0;
    let given = 0;
    // Nothing is interned before everything is read. Otherwise a sample that is recorded during the reading could discard the id
    // of a tag that no context has yet.
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
    if (reading !== this.#readings) return BAD_TAGS;
    for (const tag of unknown ?? []) {
      const id = this.#intern(tag);
      if (id === NO_ROOM) return CONTEXT_LIMIT;
      count = this.#addId(id, count);
    }
    return this.#complete(scope, count, host);
  }

  /** Returns the id of a tag, 0 if there is none for it, or {@link NO_ROOM}. */
  #intern(tag: string): number {
    const { tags: interner, isFull } = this.#contexts;
    if (isFull) return interner.internKnown(tag) ?? NO_ROOM;
    const id = interner.intern(tag);
    // A tag that is cut for the first time does not count as cut, because it may never come again.
    return id === CUT ? 0 : id;
  }

  /** Adds the tags of the scope to the first `known` ids, and the host. Returns 0, or the code of a refusal. */
  #complete(scope: Scope, known: number, host: string | undefined): number {
    const contexts = this.#contexts;
    let count = known;
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
   * Returns the `givenCount` tags that were identified last as they are spelled, each as the interner's own string, in an array
   * that is reused. Returns undefined if they cannot be remembered, because
   *
   * - there are too many,
   * - a tag is repeated, constant or empty, and so has no id of its own, or
   * - the interner does not remember a spelling.
   */
  ownSpellings(scope: Scope): readonly string[] | undefined {
    const { tags: interner } = this.#contexts;
    const given = this.givenCount;
    const cut = this.#cutCount;
    if (given > MAX_CACHED_TAGS || this.tagCount + cut !== given + scope.tagIds.length) return undefined;
    const own = this.#spellings;
    let idIndex = 0;
    for (let i = 0; i < given; i++) {
      const text = this.texts[i];
      const isCut = cut > 0 && interner.find(text) === CUT;
      const spelling = isCut ? ownCopy(text) : interner.ownSpelling(this.tagIds[idIndex++], text);
      if (spelling === undefined) return undefined;
      own[i] = spelling;
    }
    return idIndex === given - cut ? own : undefined;
  }

  #addId(id: number, count: number): number {
    if (id > this.#lastConstantTagId) return this.#addTag(id, count);
    if (id === CUT) this.#cutCount++;
    return count;
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
