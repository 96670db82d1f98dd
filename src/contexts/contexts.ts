// Contexts: every (kind, name, tags, host) that samples name, interned to a small integer.
//
// A metric's name is interned with its kind, each tag and each host on its own; a context is found from those integers in
// a hash table of context ids. What is kept of a context lies in columns. The hash adds up mixed tag ids, so the order
// of tags does not matter to it, and no tags are ever sorted.

import { KIND_BITS, type Kind } from '../kinds.js';
import { Interner } from './interner.js';
import type { Name } from './names.js';
import { TagLists } from './tag-lists.js';

const FIRST_CAPACITY = 1024;

/** The live contexts. Ids run from 1; the id of a recycled context serves again. */
export class Contexts {
  /** Most contexts that may live at a time. */
  readonly capacity: number;
  readonly tags: Interner;
  readonly hosts = new Interner((host) => host);
  readonly lists = new TagLists();
  readonly #names: (Name | undefined)[] = [undefined];
  #hostIds = new Int32Array(FIRST_CAPACITY);
  #hashes = new Int32Array(FIRST_CAPACITY);
  #listOf = new Int32Array(FIRST_CAPACITY);
  #tagCounts = new Uint16Array(FIRST_CAPACITY);
  /** The flush that last reported the context, or made it. */
  #lastUsed = new Int32Array(FIRST_CAPACITY);
  /** Context ids, 0 being empty; open addressing. As large as it will ever need to be, so it never stalls to grow. */
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly #free: number[] = [];
  #size = 0;

  constructor(capacity: number, normalizeTag: (tag: string) => string) {
    this.capacity = capacity;
    this.tags = new Interner(normalizeTag);
    const slots = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
  }

  /** Number of live contexts. */
  get size(): number {
    return this.#size;
  }

  /** Ids beyond the largest that was ever given. */
  get idEnd(): number {
    return this.#names.length;
  }

  isLive(contextId: number): boolean {
    return this.#names[contextId] !== undefined;
  }

  name(contextId: number): Name {
    return this.#names[contextId]!;
  }

  host(contextId: number): string | null {
    const hostId = this.#hostIds[contextId];
    return hostId === 0 ? null : this.hosts.strings[hostId];
  }

  /** The context's tags, as ids in `lists.ids`, begin here. */
  tagList(contextId: number): number {
    return this.#listOf[contextId];
  }

  tagCount(contextId: number): number {
    return this.#tagCounts[contextId];
  }

  /** The context with these tags, each of which stands once in the first `count` of `tagIds`, in whatever order; 0 if none. */
  find(name: Name, hostId: number, tagIds: Int32Array, count: number): number {
    const hash = hashOf(name.id, hostId, tagIds, count);
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const contextId = this.#slots[slot];
      if (contextId === 0) return 0;
      if (
        this.#hashes[contextId] === hash &&
        this.#names[contextId] === name &&
        this.#hostIds[contextId] === hostId &&
        this.#tagCounts[contextId] === count &&
        this.#hasTags(contextId, tagIds, count)
      ) {
        return contextId;
      }
    }
  }

  /** Whether the context's tags stand in the order of `tagIds`. */
  hasOrder(contextId: number, tagIds: Int32Array, count: number): boolean {
    const { ids } = this.lists;
    const list = this.#listOf[contextId];
    for (let i = 0; i < count; i++) if (ids[list + i] !== tagIds[i]) return false;
    return true;
  }

  #hasTags(contextId: number, tagIds: Int32Array, count: number): boolean {
    if (this.hasOrder(contextId, tagIds, count)) return true;
    const { ids } = this.lists;
    const list = this.#listOf[contextId];
    const end = list + count;
    for (let i = 0; i < count; i++) {
      let at = list;
      while (at < end && ids[at] !== tagIds[i]) at++;
      if (at === end) return false;
    }
    return true;
  }

  /** Makes the context, which must not exist. There must be room. */
  add(name: Name, hostId: number, tagIds: Int32Array, count: number, flushIndex: number): number {
    const contextId = this.#free.pop() ?? this.#names.length;
    if (contextId >= this.#hostIds.length) this.#grow();
    const hash = hashOf(name.id, hostId, tagIds, count);
    this.#names[contextId] = name;
    this.#hostIds[contextId] = hostId;
    this.#hashes[contextId] = hash;
    this.#listOf[contextId] = this.lists.add(tagIds, count);
    this.#tagCounts[contextId] = count;
    this.#lastUsed[contextId] = flushIndex;
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#slots[slot] = contextId;

    name.contexts++;
    if (hostId !== 0) this.hosts.retain(hostId);
    for (let i = 0; i < count; i++) this.tags.retain(tagIds[i]);
    this.#size++;
    return contextId;
  }

  /** Shows the context's tags in another order from here on. */
  setOrder(contextId: number, tagIds: Int32Array): void {
    this.lists.write(this.#listOf[contextId], tagIds, this.#tagCounts[contextId]);
  }

  /** Notes that a flush reported the contexts of the first `count` codes. */
  markUsed(codes: Int32Array, count: number, flushIndex: number): void {
    for (let i = 0; i < count; i++) this.#lastUsed[codes[i] >> KIND_BITS] = flushIndex;
  }

  lastUsed(contextId: number): number {
    return this.#lastUsed[contextId];
  }

  /** Forgets a context and gives its strings back. Nothing may hold its id any more. */
  remove(contextId: number): void {
    const name = this.#names[contextId]!;
    this.#clearSlot(contextId);
    const list = this.#listOf[contextId];
    const count = this.#tagCounts[contextId];
    for (let i = 0; i < count; i++) this.tags.release(this.lists.ids[list + i]);
    this.lists.free(list, count);
    if (this.#hostIds[contextId] !== 0) this.hosts.release(this.#hostIds[contextId]);
    this.#names[contextId] = undefined;
    name.contexts--;
    this.#free.push(contextId);
    this.#size--;
  }

  /** Empties the context's slot and moves later ones of its run up, so that no probe ends too early (Knuth, vol. 3, 6.4, algorithm R). */
  #clearSlot(contextId: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    let hole = this.#hashes[contextId] & mask;
    while (slots[hole] !== contextId) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#hashes[slots[slot]] & mask;
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = slots[slot];
        hole = slot;
      }
    }
    slots[hole] = 0;
  }

  #grow(): void {
    const capacity = Math.min(this.#hostIds.length * 2, this.capacity + 1);
    this.#hostIds = enlarge(new Int32Array(capacity), this.#hostIds);
    this.#hashes = enlarge(new Int32Array(capacity), this.#hashes);
    this.#listOf = enlarge(new Int32Array(capacity), this.#listOf);
    this.#tagCounts = enlarge(new Uint16Array(capacity), this.#tagCounts);
    this.#lastUsed = enlarge(new Int32Array(capacity), this.#lastUsed);
  }
}

/** A sample's code for the engine. */
export function codeOf(contextId: number, kind: Kind): number {
  return (contextId << KIND_BITS) | kind;
}

function enlarge<Column extends Int32Array | Uint16Array>(larger: Column, column: Column): Column {
  larger.set(column);
  return larger;
}

function hashOf(nameId: number, hostId: number, tagIds: Int32Array, count: number): number {
  let hash = Math.imul(nameId, 0x9e3779b1) ^ Math.imul(hostId, 0x85ebca77);
  // A sum of products would give {1, 4} and {2, 3} the same hash: each id is mixed first.
  for (let i = 0; i < count; i++) hash = (hash + mix(tagIds[i])) | 0;
  return mix(hash);
}

/** The finalizer of MurmurHash3. */
function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
