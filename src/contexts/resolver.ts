// From what the application writes to the context id: the way of every sample that comes without a handle.

import type { Kind } from '../kinds.js';
import { Contexts, codeOf } from './contexts.js';
import { type Name, Names } from './names.js';
import { createScope, type NameUse, type Scope } from './scope.js';

/** Most tags that one sample may have; one with more is malformed. */
export const MAX_TAGS = 1024;

const NO_TAGS: readonly string[] = [];

/** Why a sample has no context. */
export type Refusal = 'badName' | 'badTags' | 'contextLimit';

/** How the resolver is made. */
export interface ResolverSettings {
  maxContexts: number;
  normalizeName: (name: string, kind: Kind) => string;
  normalizeTag: (tag: string) => string;
  /** Called once for a name that is used as two kinds. */
  onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void;
}

/** Finds the context of a sample, and makes it when it is new. */
export class Resolver {
  readonly contexts: Contexts;
  readonly #names: Names;
  /** Why {@link resolve} gave 0 last. */
  refusal: Refusal = 'badName';
  /** Whether the tags of the sample resolved last are not what the context shows: in another order, or with constant ones among them. */
  otherOrder = false;
  /** Whether the sample resolved last has constant tags among its own. */
  #hasConstantTags = false;
  /** Ids of the tags of the sample resolved last, in its order, each once and without the constant ones. */
  readonly #tagIds = new Int32Array(MAX_TAGS);
  #tagCount = 0;
  /** The same with the constant ones, when there are any. */
  readonly #shownTagIds: number[] = [];
  /**
   * Tags that all rows have come first, and so have the ids up to this one. A sample that names one itself belongs to the
   * same series as one that does not.
   */
  #lastConstantTagId = 0;
  /** Whether the sample resolved last made its context. */
  #isNew = false;
  /** Changes when a context is recycled: the ids of a scope's tags and host may be others' then. */
  #epoch = 1;
  /** The flush under way or done last: what makes a context idle is counted in flushes. */
  flushIndex = 0;

  constructor(settings: ResolverSettings) {
    this.contexts = new Contexts(settings.maxContexts, settings.normalizeTag);
    this.#names = new Names(settings.normalizeName, settings.onTwoKinds);
  }

  /** Interns the tags that are appended to every row, before any other, and gives them as they are reported: normalised, each once. */
  setConstantTags(tags: readonly string[]): string[] {
    const { tags: interner } = this.contexts;
    for (const tag of tags) {
      const id = interner.intern(tag);
      if (id !== 0) interner.retain(id);
    }
    this.#lastConstantTagId = interner.size;
    return interner.strings.slice(1);
  }

  /** A scope. What it names is kept by the contexts of its samples, and by nothing else. */
  createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
    return createScope(namespace, tags, host);
  }

  /** Code of the context for a sample without tags, host or timestamp; 0 when it has none. */
  resolvePlain(scope: Scope, kind: Kind, spelling: string): number {
    const use = scope.names[kind].get(spelling);
    if (use !== undefined && use.plainCode !== 0) {
      this.otherOrder = false;
      return use.plainCode;
    }
    const code = this.#resolveUse(scope, kind, use, spelling, NO_TAGS, undefined);
    // A name that was new is in the map only now, if it is there at all.
    const known = scope.names[kind].get(spelling);
    if (known !== undefined && !this.otherOrder) known.plainCode = code;
    return code;
  }

  /** Code of the context for a sample with tags; 0 when it has none. */
  resolveTags(scope: Scope, kind: Kind, spelling: string, tags: readonly string[]): number {
    const use = scope.names[kind].get(spelling);
    if (use === undefined) return this.#resolveUse(scope, kind, undefined, spelling, tags, undefined);
    const recent = use.countRecent(tags);
    const { length } = tags;
    if (use.recentCode !== 0 && recent === length && recent === use.recentCount) {
      this.otherOrder = false;
      return use.recentCode;
    }
    use.copyRecentIds(recent, this.#tagIds);
    const code = this.#resolveUse(scope, kind, use, spelling, tags, undefined, recent);
    // Ids are remembered by place only when every tag has one.
    // The tags of a new context may never come again.
    if (code !== 0 && !this.#isNew && !this.otherOrder && this.#tagCount === length + scope.tagIds.length) {
      use.setRecent(tags, this.#tagIds, recent, code, this.contexts.tags);
    }
    return code;
  }

  /** Code of the context for a sample with tags and a host; 0 when it has none, with the reason in `refusal`. */
  resolve(scope: Scope, kind: Kind, spelling: string, tags: readonly string[], host: string | undefined): number {
    return this.#resolveUse(scope, kind, scope.names[kind].get(spelling), spelling, tags, host);
  }

  #resolveUse(
    scope: Scope,
    kind: Kind,
    known: NameUse | undefined,
    spelling: string,
    tags: readonly string[],
    host: string | undefined,
    knownTags = 0,
  ): number {
    const code = this.#findOrAdd(scope, kind, known, spelling, tags, host, knownTags);
    if (code === 0 && this.refusal === 'contextLimit' && known === undefined && !this.#names.isName(scope, kind, spelling)) {
      return this.#refuse('badName');
    }
    return code;
  }

  #findOrAdd(
    scope: Scope,
    kind: Kind,
    known: NameUse | undefined,
    spelling: string,
    tags: readonly string[],
    host: string | undefined,
    knownTags: number,
  ): number {
    const { contexts } = this;
    const { isFull } = contexts;
    const count = this.#internTags(scope, tags, isFull, knownTags);
    if (count < 0) return 0;
    this.#tagCount = count;
    const hostId = host === undefined ? this.#scopeHostId(scope, isFull) : this.#hostId(host, isFull);
    if (hostId === undefined) return this.#refuse('contextLimit');
    const name = known === undefined ? this.#useName(scope, kind, spelling, isFull) : known.name;
    if (name === undefined) {
      if (hostId !== 0) contexts.hosts.discardUnused(hostId);
      scope.hostEpoch = 0;
      scope.tagsEpoch = 0;
      return 0;
    }
    this.#isNew = false;
    let contextId = contexts.find(name, hostId, this.#tagIds, count);
    if (contextId === 0) {
      if (isFull) return this.#refuse('contextLimit');
      contextId = contexts.add(name, hostId, this.#tagIds, count, this.flushIndex);
      this.#isNew = true;
      this.otherOrder = this.#hasConstantTags;
    } else {
      this.otherOrder = this.#hasConstantTags || !contexts.hasOrder(contextId, this.#tagIds, count);
    }
    return codeOf(contextId, kind);
  }

  /** The id of a host, 0 for none; undefined when contexts are at their limit and it is not known. */
  #hostId(host: string, isFull: boolean): number | undefined {
    const { hosts } = this.contexts;
    return isFull ? hosts.internKnown(host) : hosts.intern(host);
  }

  #scopeHostId(scope: Scope, isFull: boolean): number | undefined {
    if (scope.host === undefined) return 0;
    if (scope.hostEpoch !== this.#epoch) {
      const id = this.#hostId(scope.host, isFull);
      if (id === undefined) return undefined;
      scope.hostId = id;
      scope.hostEpoch = this.#epoch;
    }
    return scope.hostId;
  }

  /** Looks up the ids of the scope's tags; false after a refusal. */
  #internScopeTags(scope: Scope, isFull: boolean): boolean {
    const { tags } = this.contexts;
    scope.tagIds.length = 0;
    for (const tag of scope.tags) {
      const id = isFull ? tags.internKnown(tag) : tags.intern(tag);
      if (id === undefined) {
        this.#refuse('contextLimit');
        return false;
      }
      if (id > this.#lastConstantTagId && !scope.tagIds.includes(id)) scope.tagIds.push(id);
    }
    scope.tagsEpoch = this.#epoch;
    return true;
  }

  #useName(scope: Scope, kind: Kind, spelling: string, isFull: boolean): Name | undefined {
    if (typeof spelling !== 'string' || spelling === '') this.#refuse('badName');
    else if (isFull && !this.#names.has(scope, kind, spelling)) this.#refuse('contextLimit');
    else {
      const use = this.#names.use(scope, kind, spelling);
      if (use !== undefined) return use.name;
      this.#refuse('badName');
    }
    for (let i = 0; i < this.#tagCount; i++) this.contexts.tags.discardUnused(this.#tagIds[i]);
    return undefined;
  }

  /**
   * Leaves the ids of the sample's and the scope's tags in `tagIds`, each once, and gives their number; -1 after a
   * refusal. The ids of the first `knownTags` are there already. No tag is interned when contexts are at their limit: what has an unknown tag has no context.
   */
  #internTags(scope: Scope, tags: readonly string[], isFull: boolean, knownTags: number): number {
    const { tags: interner } = this.contexts;
    const length = tags.length;
    if (length + scope.tags.length > MAX_TAGS) return this.#refuse('badTags') - 1;
    this.#hasConstantTags = false;
    let count = knownTags;
    for (let i = knownTags; i < length; i++) {
      const tag = tags[i];
      let id = typeof tag === 'string' ? interner.find(tag) : 0;
      if (id === 0) {
        id = this.#internNew(tag, isFull, count);
        if (id < 0) return -1;
        if (id === 0) continue;
      }
      if (id <= this.#lastConstantTagId) {
        this.#addConstantTag(id, count);
      } else {
        count = this.#addTag(id, count);
      }
    }
    if (scope.tagsEpoch !== this.#epoch && !this.#internScopeTags(scope, isFull)) return -1;
    for (let i = 0; i < scope.tagIds.length; i++) count = this.#addTag(scope.tagIds[i], count);
    return count;
  }

  /** The id of a tag not seen before, 0 when nothing is left of it once normalised, -1 after a refusal. */
  #internNew(tag: unknown, isFull: boolean, count: number): number {
    if (typeof tag === 'string') {
      const { tags } = this.contexts;
      return (isFull ? tags.internKnown(tag) : tags.intern(tag)) ?? this.#refuse('contextLimit') - 1;
    }
    for (let i = 0; i < count; i++) this.contexts.tags.discardUnused(this.#tagIds[i]);
    return this.#refuse('badTags') - 1;
  }

  /** Notes a constant tag among the sample's own, of which `count` others came before. */
  #addConstantTag(id: number, count: number): void {
    const shown = this.#shownTagIds;
    if (!this.#hasConstantTags) {
      shown.length = 0;
      for (let i = 0; i < count; i++) shown.push(this.#tagIds[i]);
      this.#hasConstantTags = true;
    }
    if (!shown.includes(id)) shown.push(id);
  }

  #addTag(id: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.#tagIds[i] === id) return count;
    this.#tagIds[count] = id;
    if (this.#hasConstantTags) this.#shownTagIds.push(id);
    return count + 1;
  }

  #refuse(refusal: Refusal): 0 {
    this.refusal = refusal;
    this.otherOrder = false;
    return 0;
  }

  /** The tags of the sample resolved last as a row is to show them, before the constant ones. */
  get shownTagIds(): readonly number[] {
    return this.#hasConstantTags ? [...this.#shownTagIds] : [...this.#tagIds.subarray(0, this.#tagCount)];
  }

  /** Shows the context's tags in the order of the sample resolved last from here on, if an order is all that differs. */
  adoptOrder(code: number, contextId: number): boolean {
    if (this.#hasConstantTags) return false;
    this.contexts.setOrder(contextId, this.#tagIds);
    this.#forget(code, contextId);
    return true;
  }

  /** Forgets a context that nothing holds any more. */
  recycle(contextId: number): void {
    const name = this.contexts.name(contextId);
    this.#forget(codeOf(contextId, name.kind), contextId);
    this.contexts.remove(contextId);
    this.#epoch++;
    if (name.contexts === 0) this.#names.remove(name);
  }

  #forget(code: number, contextId: number): void {
    for (const use of this.contexts.name(contextId).uses) use.deref()?.forget(code);
  }
}
