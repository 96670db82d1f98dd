// The live contexts. A metric's name is interned with its kind, each tag and each host on its own; a context is found by these
// integers in a hash table of context ids. The hash adds up mixed tag ids, so it does not depend on the order of tags, and no
// tags are ever sorted. Each context has one record of 32 bytes:
//
//   HASH, METRIC (id, 0 for a context that does not live), HOST (id, 0 for the client's host, NO_HOST for none), TAG_COUNT,
//   LAST_USED (index of the flush that reported the context last, or in which it was made),
//   then INLINE_TAGS words: the ids of up to that many tags, or the index of a longer list in the pool of lists.

import { KIND_BITS } from '../model/kinds.js';
import { BlockPool } from './block-pool.js';
import { HASH, HashIndex, mix } from './hash-index.js';
import { Interner } from './interner.js';
import type { MetricNames } from './metric-names.js';

const RECORD_BITS = 3;
const METRIC = 1;
const HOST = 2;
const TAG_COUNT = 3;
const LAST_USED = 4;
const TAGS = 5;
const INLINE_TAGS = 3;

const FIRST_CAPACITY = 1024;

/**
 * From this capacity on, the store grows to its final size at once, because moving many more contexts would block the event loop
 * for milliseconds. It does not begin with that size: look-ups of a few contexts that are scattered over much memory would miss
 * the processor's caches.
 */
const LAST_SMALL_CAPACITY = 2 ** 16;

/** The cache of frequent tags has 2 * 2^11 places, which take 96 KiB. */
const TAG_CACHE_SET_BITS = 11;

/** In place of the id of a host: the context has none, although the client has one. */
const NO_HOST = -1;

/** Most overflow contexts, in addition to the capacity. There is one for each metric whose samples were folded. */
export const MAX_OVERFLOW_CONTEXTS = 1000;

/** The live contexts. Ids run from 1; the id of a removed context is given to another one. */
export class ContextStore {
  /** Most contexts that may live at a time, overflow contexts excepted. */
  readonly capacity: number;
  readonly names: MetricNames;
  readonly tags: Interner;
  readonly hosts: Interner;
  /** The client's host: the host of contexts with the host id 0. Undefined for none. */
  readonly #defaultHost: string | undefined;
  readonly #defaultHostId: number;
  readonly lists = new BlockPool();
  #room = FIRST_CAPACITY;
  #records = new Int32Array((FIRST_CAPACITY + 1) << RECORD_BITS);
  #index = new HashIndex(FIRST_CAPACITY, FIRST_CAPACITY);
  #idEnd = 1;
  readonly #free: number[] = [];
  #size = 0;
  /** The overflow contexts, by metric. */
  readonly #overflowContexts = new Map<number, number>();
  /**
   * Number of contexts that were removed so far. The ids of removed contexts, and of strings that only they had, are reused, so
   * an id or code that was looked up at another count is invalid.
   */
  removedCount = 0;
  /** Each is called with every context that is about to be removed. */
  readonly removalListeners = new Set<(contextId: number) => void>();

  /**
   * @param defaultHost The client's host. Most contexts have it, so it does not take part in looking them up. The empty string
   *   means none.
   */
  constructor(
    capacity: number,
    names: MetricNames,
    normalizeTag: (tag: string) => string,
    defaultHost = '',
    normalizeHost = (host: string): string => host,
  ) {
    this.capacity = capacity;
    this.names = names;
    this.hosts = new Interner(normalizeHost);
    this.#defaultHostId = this.hosts.intern(defaultHost);
    if (this.#defaultHostId !== 0) {
      this.hosts.retain(this.#defaultHostId);
      this.#defaultHost = this.hosts.strings[this.#defaultHostId];
    }
    this.tags = new Interner(normalizeTag, TAG_CACHE_SET_BITS);
  }

  /** Number of live contexts, overflow contexts excepted. */
  get size(): number {
    return this.#size - this.#overflowContexts.size;
  }

  /** Whether there is no room for another context. Overflow contexts have room of their own. */
  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  get hasOverflowRoom(): boolean {
    return this.#overflowContexts.size < MAX_OVERFLOW_CONTEXTS;
  }

  /** One more than the largest id that was ever given. */
  get idEnd(): number {
    return this.#idEnd;
  }

  isLive(contextId: number): boolean {
    return this.#records[(contextId << RECORD_BITS) + METRIC] !== 0;
  }

  /** The id of the context's metric. Its name is in {@link names}. */
  metricId(contextId: number): number {
    return this.#records[(contextId << RECORD_BITS) + METRIC];
  }

  host(contextId: number): string | null {
    const hostId = this.#records[(contextId << RECORD_BITS) + HOST];
    if (hostId === 0) return this.#defaultHost ?? null;
    return hostId === NO_HOST ? null : this.hosts.strings[hostId];
  }

  /** The host as JSON, without the quotes; empty for none. */
  hostJson(contextId: number): string {
    const hostId = this.#records[(contextId << RECORD_BITS) + HOST];
    return hostId === NO_HOST ? '' : this.hosts.json(hostId === 0 ? this.#defaultHostId : hostId);
  }

  /**
   * Returns the id of a host, by which contexts are found, or undefined if it is unknown and there is no room for another context.
   * The id of a new host has no uses: the caller must add a context, or {@link discardUnusedHost}.
   *
   * @param host The empty string means none.
   */
  internHost(host: string): number | undefined {
    const id = this.hosts.find(host) || (this.isFull ? this.hosts.internKnown(host) : this.hosts.intern(host));
    if (id === this.#defaultHostId) return 0;
    return id === 0 ? NO_HOST : id;
  }

  discardUnusedHost(hostId: number): void {
    if (hostId > 0) this.hosts.discardUnused(hostId);
  }

  /** The ids of the context's tags, each once. */
  tagIds(contextId: number): number[] {
    const count = this.tagCount(contextId);
    const tagIds: number[] = [];
    for (let i = 0; i < count; i++) tagIds.push(this.tagId(contextId, i));
    return tagIds;
  }

  tagCount(contextId: number): number {
    return this.#records[(contextId << RECORD_BITS) + TAG_COUNT];
  }

  /** The id of one of the context's tags. */
  tagId(contextId: number, index: number): number {
    const record = contextId << RECORD_BITS;
    if (this.#records[record + TAG_COUNT] <= INLINE_TAGS) return this.#records[record + TAGS + index];
    return this.lists.words[this.#records[record + TAGS] + index];
  }

  /**
   * Returns the context of a metric with the first `count` of `tagIds`, which must differ, in any order; 0 if there is none.
   *
   * @param tagsHash Their {@link hashOfTags}.
   */
  find(metricId: number, hostId: number, tagIds: Int32Array, count: number, tagsHash = hashOfTags(tagIds, count)): number {
    const hash = hashOf(metricId, hostId, tagsHash);
    const { slots, mask, idMask } = this.#index;
    const records = this.#records;
    for (let slot = hash & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      if (((slots[slot] ^ hash) & ~idMask) !== 0) continue;
      const contextId = slots[slot] & idMask;
      const record = contextId << RECORD_BITS;
      if (records[record + METRIC] !== metricId || records[record + HOST] !== hostId || records[record + TAG_COUNT] !== count)
        continue;
      if (this.#hasTags(record, tagIds, count)) return contextId;
    }
    return 0;
  }

  #hasTags(record: number, tagIds: Int32Array, count: number): boolean {
    const ids = count <= INLINE_TAGS ? this.#records : this.lists.words;
    const begin = count <= INLINE_TAGS ? record + TAGS : this.#records[record + TAGS];
    const end = begin + count;
    for (let i = 0; i < count; i++) {
      // Usually the tags are in the same order.
      if (ids[begin + i] === tagIds[i]) continue;
      let at = begin;
      while (at < end && ids[at] !== tagIds[i]) at++;
      if (at === end) return false;
    }
    return true;
  }

  /** Adds a context, which must not exist yet. There must be room. */
  add(metricId: number, hostId: number, tagIds: Int32Array, count: number, flushIndex: number): number {
    const contextId = this.#free.pop() ?? this.#idEnd++;
    const record = contextId << RECORD_BITS;
    if (contextId > this.#room) this.#grow();
    const records = this.#records;
    const hash = hashOf(metricId, hostId, hashOfTags(tagIds, count));
    records[record + HASH] = hash;
    records[record + METRIC] = metricId;
    records[record + HOST] = hostId;
    records[record + TAG_COUNT] = count;
    records[record + LAST_USED] = flushIndex;
    if (count > INLINE_TAGS) records[record + TAGS] = this.lists.add(tagIds, count);
    else for (let i = 0; i < count; i++) records[record + TAGS + i] = tagIds[i];

    this.#index.add(contextId, hash);

    this.names.retain(metricId);
    if (hostId > 0) this.hosts.retain(hostId);
    for (let i = 0; i < count; i++) this.tags.retain(tagIds[i]);
    this.#size++;
    return contextId;
  }

  /** Makes a context its metric's overflow context, which no longer counts towards the capacity. */
  setOverflow(contextId: number): void {
    this.#overflowContexts.set(this.metricId(contextId), contextId);
  }

  /** The overflow context of a metric, or 0. */
  overflowContext(metricId: number): number {
    return this.#overflowContexts.get(metricId) ?? 0;
  }

  /** Notes that a flush reported the contexts of the first `count` codes. */
  markUsed(codes: Int32Array, count: number, flushIndex: number): void {
    const records = this.#records;
    for (let i = 0; i < count; i++) records[((codes[i] >> KIND_BITS) << RECORD_BITS) + LAST_USED] = flushIndex;
  }

  lastUsed(contextId: number): number {
    return this.#records[(contextId << RECORD_BITS) + LAST_USED];
  }

  /** Removes a context and releases its strings. Nothing may hold its id any more. */
  remove(contextId: number): void {
    for (const listener of this.removalListeners) listener(contextId);
    const metricId = this.metricId(contextId);
    const record = contextId << RECORD_BITS;
    this.#index.remove(contextId, this.#records, RECORD_BITS);
    const tagIds = this.tagIds(contextId);
    for (const id of tagIds) this.tags.release(id);
    if (tagIds.length > INLINE_TAGS) this.lists.free(this.#records[record + TAGS], tagIds.length);
    if (this.#records[record + HOST] > 0) this.hosts.release(this.#records[record + HOST]);
    this.#records[record + METRIC] = 0;
    if (this.overflowContext(metricId) === contextId) this.#overflowContexts.delete(metricId);
    this.names.release(metricId);
    this.#free.push(contextId);
    this.#size--;
    this.removedCount++;
  }

  #grow(): void {
    const finalCapacity = this.capacity + MAX_OVERFLOW_CONTEXTS;
    this.#room = this.#room < LAST_SMALL_CAPACITY ? Math.min(this.#room * 2, finalCapacity) : finalCapacity;
    const records = new Int32Array((this.#room + 1) << RECORD_BITS);
    records.set(this.#records);
    this.#records = records;
    this.#index = new HashIndex(this.#room, this.#room);
    // Every context before the one that is being added lives, because no id was free.
    for (let id = 1; id < this.#idEnd - 1; id++) this.#index.add(id, records[(id << RECORD_BITS) + HASH]);
  }
}

/** Random, so that nobody can choose tags whose contexts have the same hash. */
const seed = Math.floor(Math.random() * 2 ** 32) | 0;

/**
 * Hashes one tag of a context. The hashes of its tags are added up, so that their order does not matter. Each is mixed first,
 * because a sum of products would give {1, 4} and {2, 3} the same hash.
 */
export function hashOfTag(tagId: number): number {
  return mix(tagId ^ seed);
}

function hashOfTags(tagIds: Int32Array, count: number): number {
  let hash = 0;
  for (let i = 0; i < count; i++) hash = (hash + hashOfTag(tagIds[i])) | 0;
  return hash;
}

/** The id of a host is inverted, so that it differs from the id of a tag. */
function hashOf(metricId: number, hostId: number, tagsHash: number): number {
  // The kind is in the lower bits, which choose the slot.
  const metricHash = Math.imul(metricId, 0x9e3779b1);
  const hash = metricHash ^ (metricHash >>> 15) ^ tagsHash;
  return hostId === 0 ? hash : (hash + mix(~hostId)) | 0;
}
