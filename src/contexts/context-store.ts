// Contexts: every (kind, name, tags, host) that samples name, interned to a small integer.
//
// A metric's name is interned with its kind, each tag and each host on its own; a context is found from those integers in
// a hash table of context ids. The hash adds up mixed tag ids, so the order of tags does not matter to it, and no tags
// are ever sorted. What is known of a context lies in one record of 32 bytes:
//
//   HASH, NAME (id, 0 for a context that does not live), HOST (id, 0 for none), TAG_COUNT, LAST_USED (the flush that last reported the context, or made it),
//   then INLINE_TAGS words: the ids of up to that many tags, or else the index of a longer list in `lists`.

import { KIND_BITS, type Kind } from '../model/kinds.js';
import { ContextIndex, FEW_TAGS } from './context-index.js';
import { HASH, mix, RECORD_BITS } from './hash-index.js';
import { Interner } from './interner.js';
import type { Metric } from './scope.js';
import { TagListPool } from './tag-list-pool.js';

const NAME = 1;
const HOST = 2;
const TAG_COUNT = 3;
const LAST_USED = 4;
const TAGS = 5;
const INLINE_TAGS = 3;

const FIRST_CAPACITY = 1024;

/** Most overflow contexts, which live beside the others: one for each metric whose samples found no room. */
export const MAX_OVERFLOW_CONTEXTS = 1000;

/** The live contexts. Ids run from 1; the id of a recycled context serves again. */
export class ContextStore {
  /** Most contexts that may live at a time, overflow contexts excepted. */
  readonly capacity: number;
  readonly tags: Interner;
  readonly hosts = new Interner((host) => host);
  readonly lists = new TagListPool();
  #records = new Int32Array(FIRST_CAPACITY << RECORD_BITS);
  /** The names in use, by their ids. */
  readonly #names: (Metric | undefined)[] = [undefined];
  #idEnd = 1;
  /** As large as it will ever need to be, so it never stalls to grow. */
  readonly #slots: ContextIndex;
  readonly #free: number[] = [];
  #size = 0;
  #overflowSize = 0;
  /** Called with a context that is forgotten. */
  onRemove: (contextId: number) => void = () => {};

  constructor(capacity: number, normalizeTag: (tag: string) => string) {
    this.capacity = capacity;
    // As many as there are contexts, if one tag of each is its own, and some that they share.
    this.tags = new Interner(normalizeTag, capacity + 1024);
    this.#slots = new ContextIndex(capacity + MAX_OVERFLOW_CONTEXTS);
  }

  /** Number of live contexts, overflow contexts excepted. */
  get size(): number {
    return this.#size - this.#overflowSize;
  }

  /** Whether no context but an overflow context can be added before one is removed. */
  get isFull(): boolean {
    return this.size >= this.capacity;
  }

  get hasOverflowRoom(): boolean {
    return this.#overflowSize < MAX_OVERFLOW_CONTEXTS;
  }

  /** Ids beyond the largest that was ever given. */
  get idEnd(): number {
    return this.#idEnd;
  }

  isLive(contextId: number): boolean {
    return this.#records[(contextId << RECORD_BITS) + NAME] !== 0;
  }

  /** The metrics that have contexts, by their ids; undefined in the places of ids that are not in use. */
  get names(): readonly (Metric | undefined)[] {
    return this.#names;
  }

  name(contextId: number): Metric {
    return this.#names[this.#records[(contextId << RECORD_BITS) + NAME]]!;
  }

  host(contextId: number): string | null {
    const hostId = this.#records[(contextId << RECORD_BITS) + HOST];
    return hostId === 0 ? null : this.hosts.strings[hostId];
  }

  /** What stands between the quotes of the host's JSON, empty for none. */
  hostJson(contextId: number): string {
    return this.hosts.json(this.#records[(contextId << RECORD_BITS) + HOST]);
  }

  /** The ids of the context's tags, in its own order. */
  tagIds(contextId: number): number[] {
    const count = this.tagCount(contextId);
    const tagIds: number[] = [];
    for (let i = 0; i < count; i++) tagIds.push(this.tagId(contextId, i));
    return tagIds;
  }

  tagCount(contextId: number): number {
    return this.#records[(contextId << RECORD_BITS) + TAG_COUNT];
  }

  /** The id of one of the context's tags, in its own order. */
  tagId(contextId: number, index: number): number {
    const record = contextId << RECORD_BITS;
    if (this.#records[record + TAG_COUNT] <= INLINE_TAGS) return this.#records[record + TAGS + index];
    return this.lists.ids[this.#records[record + TAGS] + index];
  }

  /** The context with these tags, each of which stands once in the first `count` of `tagIds`, in whatever order; 0 if none. */
  find(name: Metric, hostId: number, tagIds: Int32Array, count: number): number {
    const hash = hashOf(name.id, hostId, tagIds, count);
    const slots = this.#slots;
    if (isFew(hostId, count)) {
      return slots.findFew(name.id, tagIds, count, hash);
    }
    const records = this.#records;
    for (let contextId = slots.findByHash(name.id, hash); contextId !== 0; contextId = slots.findNext(name.id, hash)) {
      const record = contextId << RECORD_BITS;
      if (records[record + HOST] === hostId && records[record + TAG_COUNT] === count) {
        if (this.#hasTags(record, tagIds, count)) return contextId;
      }
    }
    return 0;
  }

  #hasTags(record: number, tagIds: Int32Array, count: number): boolean {
    const ids = count <= INLINE_TAGS ? this.#records : this.lists.ids;
    const begin = count <= INLINE_TAGS ? record + TAGS : this.#records[record + TAGS];
    const end = begin + count;
    for (let i = 0; i < count; i++) {
      // Mostly they come in the order in which they came first.
      if (ids[begin + i] === tagIds[i]) continue;
      let at = begin;
      while (at < end && ids[at] !== tagIds[i]) at++;
      if (at === end) return false;
    }
    return true;
  }

  /** Makes the context, which must not exist. There must be room. */
  add(name: Metric, hostId: number, tagIds: Int32Array, count: number, flushIndex: number): number {
    const contextId = this.#free.pop() ?? this.#idEnd++;
    const record = contextId << RECORD_BITS;
    if (record >= this.#records.length) this.#grow();
    const records = this.#records;
    const hash = hashOf(name.id, hostId, tagIds, count);
    this.#names[name.id] = name;
    records[record + HASH] = hash;
    records[record + NAME] = name.id;
    records[record + HOST] = hostId;
    records[record + TAG_COUNT] = count;
    records[record + LAST_USED] = flushIndex;
    if (count > INLINE_TAGS) records[record + TAGS] = this.lists.add(tagIds, count);
    else for (let i = 0; i < count; i++) records[record + TAGS + i] = tagIds[i];

    if (isFew(hostId, count)) this.#slots.addFew(contextId, name.id, tagIds, count, hash);
    else this.#slots.addMany(contextId, name.id, hash);

    name.contexts++;
    if (hostId !== 0) this.hosts.retain(hostId);
    for (let i = 0; i < count; i++) this.tags.retain(tagIds[i]);
    this.#size++;
    return contextId;
  }

  /** Makes a context its metric's overflow context, which from here on takes none of the others' room. */
  setOverflow(contextId: number): void {
    this.name(contextId).overflowContextId = contextId;
    this.#overflowSize++;
  }

  /** Notes that a flush reported the contexts of the first `count` codes. */
  markUsed(codes: Int32Array, count: number, flushIndex: number): void {
    const records = this.#records;
    for (let i = 0; i < count; i++) records[((codes[i] >> KIND_BITS) << RECORD_BITS) + LAST_USED] = flushIndex;
  }

  lastUsed(contextId: number): number {
    return this.#records[(contextId << RECORD_BITS) + LAST_USED];
  }

  /** Forgets a context and gives its strings back. Nothing may hold its id any more. */
  remove(contextId: number): void {
    this.onRemove(contextId);
    const name = this.name(contextId);
    this.#slots.remove(contextId, this.#records);
    const record = contextId << RECORD_BITS;
    const tagIds = this.tagIds(contextId);
    for (const id of tagIds) this.tags.release(id);
    if (tagIds.length > INLINE_TAGS) this.lists.free(this.#records[record + TAGS], tagIds.length);
    if (this.#records[record + HOST] !== 0) this.hosts.release(this.#records[record + HOST]);
    this.#records[record + NAME] = 0;
    if (name.overflowContextId === contextId) {
      name.overflowContextId = 0;
      this.#overflowSize--;
    }
    if (--name.contexts === 0) this.#names[name.id] = undefined;
    this.#free.push(contextId);
    this.#size--;
  }

  #grow(): void {
    const capacity = Math.min((this.#records.length >> RECORD_BITS) * 2, this.capacity + MAX_OVERFLOW_CONTEXTS + 1);
    const larger = new Int32Array(capacity << RECORD_BITS);
    larger.set(this.#records);
    this.#records = larger;
  }
}

/** A sample's code for the engine. */
export function codeOf(contextId: number, kind: Kind): number {
  return (contextId << KIND_BITS) | kind;
}

/** Whether a context is found by its slot alone. */
function isFew(hostId: number, count: number): boolean {
  return hostId === 0 && count <= FEW_TAGS;
}

function hashOf(nameId: number, hostId: number, tagIds: Int32Array, count: number): number {
  // A sum of products would give {1, 4} and {2, 3} the same hash: each id is mixed first. Hosts are negated, for they are no tags.
  let hash = (Math.imul(nameId, 0x9e3779b1) + mix(~hostId)) | 0;
  for (let i = 0; i < count; i++) hash = (hash + mix(tagIds[i])) | 0;
  return hash;
}
