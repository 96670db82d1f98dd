// From what the application writes to the context id: the way of every sample that comes without a handle.

import type { Kind } from '../kinds.js';
import { Contexts, codeOf } from './contexts.js';
import { Names } from './names.js';
import { createScope, type NameUse, type Scope } from './scope.js';

/** Most tags that one sample may have; one with more is malformed. */
export const MAX_TAGS = 1024;

/** Why a sample has no context. */
export type Refusal = 'badName' | 'badTags' | 'contextLimit';

/** How the resolver is made. */
export interface ResolverSettings {
  maxContexts: number;
  normalizeName: (name: string) => string;
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
  /** Ids of the tags that all rows have. A sample that names one itself belongs to the same series as one that does not. */
  readonly #constantTagIds = new Set<number>();
  /** The flush under way or done last: what makes a context idle is counted in flushes. */
  flushIndex = 0;

  constructor(settings: ResolverSettings) {
    this.contexts = new Contexts(settings.maxContexts, settings.normalizeTag);
    this.#names = new Names(settings.normalizeName, settings.onTwoKinds);
  }

  /** Interns the tags that are appended to every row, and gives them as they are reported: normalised, each once. */
  setConstantTags(tags: readonly string[]): string[] {
    for (const tag of tags) {
      const id = this.contexts.tags.intern(tag);
      if (id === 0 || this.#constantTagIds.has(id)) continue;
      this.contexts.tags.retain(id);
      this.#constantTagIds.add(id);
    }
    return [...this.#constantTagIds].map((id) => this.contexts.tags.strings[id]);
  }

  /** A scope; its tags and its host are never forgotten. */
  createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
    const tagIds: number[] = [];
    for (const tag of tags) {
      const id = this.contexts.tags.intern(tag);
      if (id === 0 || this.#constantTagIds.has(id) || tagIds.includes(id)) continue;
      this.contexts.tags.retain(id);
      tagIds.push(id);
    }
    return createScope(namespace, tagIds, this.#retainHost(host));
  }

  #retainHost(host: string | undefined): number {
    if (host === undefined) return 0;
    const id = this.contexts.hosts.intern(host);
    if (id !== 0) this.contexts.hosts.retain(id);
    return id;
  }

  /** Code of the context for a sample without tags, host or timestamp; 0 when it has none. */
  resolvePlain(scope: Scope, kind: Kind, spelling: string): number {
    const use = scope.names[kind].get(spelling);
    if (use !== undefined && use.plainCode !== 0) {
      this.otherOrder = false;
      return use.plainCode;
    }
    const code = this.resolve(scope, kind, spelling, [], undefined);
    const found = scope.names[kind].get(spelling);
    if (found !== undefined && !this.otherOrder) found.plainCode = code;
    return code;
  }

  /** Code of the context for a sample with tags; 0 when it has none. */
  resolveTags(scope: Scope, kind: Kind, spelling: string, tags: readonly string[]): number {
    const use = scope.names[kind].get(spelling);
    if (use !== undefined && use.recentCode !== 0 && sameTags(use.recentTags, tags)) {
      this.otherOrder = false;
      return use.recentCode;
    }
    const code = this.resolve(scope, kind, spelling, tags, undefined);
    const found = use ?? scope.names[kind].get(spelling);
    if (found !== undefined) {
      if (code === 0 || this.otherOrder) found.recentCode = 0;
      else remember(found, tags, code);
    }
    return code;
  }

  /** Code of the context for a sample with tags and a host; 0 when it has none, with the reason in `refusal`. */
  resolve(scope: Scope, kind: Kind, spelling: string, tags: readonly string[], host: string | undefined): number {
    const { contexts } = this;
    const isFull = contexts.size >= contexts.capacity;
    let use = scope.names[kind].get(spelling);
    if (use === undefined) {
      if (typeof spelling !== 'string' || spelling === '') return this.#refuse('badName');
      if (isFull) return this.#refuse('contextLimit');
      use = this.#names.use(scope, kind, spelling);
      if (use === undefined) return this.#refuse('badName');
    }
    const code = this.#resolveUse(scope, kind, use, tags, host, isFull);
    if (use.name.contexts === 0) this.#names.remove(use.name);
    return code;
  }

  #resolveUse(
    scope: Scope,
    kind: Kind,
    use: NameUse,
    tags: readonly string[],
    host: string | undefined,
    isFull: boolean,
  ): number {
    const { contexts } = this;
    const count = this.#internTags(scope, tags, isFull);
    if (count < 0) return 0;
    this.#tagCount = count;
    let hostId = scope.hostId;
    if (host !== undefined) {
      const known = isFull ? contexts.hosts.find(host) : contexts.hosts.intern(host);
      if (known === undefined) return this.#refuse('contextLimit');
      hostId = known;
    }
    let contextId = contexts.find(use.name, hostId, this.#tagIds, count);
    if (contextId === 0) {
      if (isFull) return this.#refuse('contextLimit');
      contextId = contexts.add(use.name, hostId, this.#tagIds, count, this.flushIndex);
      this.otherOrder = this.#hasConstantTags;
    } else {
      this.otherOrder = this.#hasConstantTags || !contexts.hasOrder(contextId, this.#tagIds, count);
    }
    return codeOf(contextId, kind);
  }

  /**
   * Leaves the ids of the sample's and the scope's tags in `tagIds`, each once, and gives their number; -1 after a
   * refusal. No tag is interned when contexts are at their limit: what has an unknown tag has no context.
   */
  #internTags(scope: Scope, tags: readonly string[], isFull: boolean): number {
    const { contexts } = this;
    const length = tags.length;
    if (length + scope.tagIds.length > MAX_TAGS) return this.#refuse('badTags') - 1;
    let count = 0;
    this.#hasConstantTags = false;
    for (let i = 0; i < length; i++) {
      const tag = tags[i];
      let id = contexts.tags.find(tag);
      if (id === undefined) {
        if (typeof tag !== 'string') {
          for (let known = 0; known < count; known++) contexts.tags.discardUnused(this.#tagIds[known]);
          return this.#refuse('badTags') - 1;
        }
        if (isFull) return this.#refuse('contextLimit') - 1;
        id = contexts.tags.intern(tag);
      }
      if (id === 0) continue;
      if (this.#constantTagIds.has(id)) {
        if (!this.#hasConstantTags) this.#shownTagIds.splice(0, Number.POSITIVE_INFINITY, ...this.#tagIds.subarray(0, count));
        this.#hasConstantTags = true;
      } else {
        count = this.#addTag(id, count);
      }
      if (this.#hasConstantTags) this.#shownTagIds.push(id);
    }
    for (const id of scope.tagIds) count = this.#addTag(id, count);
    return count;
  }

  #addTag(id: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.#tagIds[i] === id) return count;
    this.#tagIds[count] = id;
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
    if (name.contexts === 0) this.#names.remove(name);
  }

  #forget(code: number, contextId: number): void {
    for (const { use } of this.contexts.name(contextId).uses) use.forget(code);
  }
}

function sameTags(known: readonly string[], tags: readonly string[]): boolean {
  const { length } = known;
  if (tags.length !== length) return false;
  for (let i = 0; i < length; i++) if (known[i] !== tags[i]) return false;
  return true;
}

function remember(use: NameUse, tags: readonly string[], code: number): void {
  const { recentTags } = use;
  recentTags.length = tags.length;
  for (let i = 0; i < tags.length; i++) recentTags[i] = tags[i];
  use.recentCode = code;
}
