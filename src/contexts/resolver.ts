// From what the application writes to the context id: the way of every sample that comes without a handle.

import { GAUGE, type Kind, SET } from '../model/kinds.js';
import { ContextStore, codeOf } from './context-store.js';
import { CUT } from './interner.js';
import { MetricNames } from './metric-names.js';
import type { Metric } from './scope.js';
import { createScope, type MetricSpelling, type Scope } from './scope.js';
import { TagArrayCache } from './tag-array-cache.js';

/** Most tags that one sample may have; one with more is malformed. */
export const MAX_TAGS = 1024;

const NO_TAGS: readonly string[] = [];

/** Tag of the contexts that take the samples which would need a context beyond the limit. */
export const OVERFLOW_TAG = 'overflow:true';

/** Why a sample has no context. */
export type Refusal = 'badName' | 'badTags' | 'contextLimit';

/** How the resolver is made. */
export interface ResolverSettings {
  maxContexts: number;
  normalizeName: (name: string, kind: Kind) => string;
  normalizeTag: (tag: string) => string;
  /** Called once for a name that is used as two kinds. */
  onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void;
  /** Called with the first sample that an overflow context takes, amid its look-up. */
  onFold?: (name: string, kind: Kind) => void;
  /** Host of overflow contexts. */
  host?: string;
  /** Whether a normal tag is left out of every context; constant tags are not. */
  isTagCut?: (tag: string) => boolean;
}

/** Finds the context of a sample, and makes it when it is new. */
export class Resolver {
  readonly contexts: ContextStore;
  readonly #names: MetricNames;
  /** Why {@link resolve} gave 0 last. */
  refusal: Refusal = 'badName';
  /** Ids of the tags of the sample resolved last, in its order, each once and without the constant ones. */
  readonly #tagIds = new Int32Array(MAX_TAGS);
  #tagCount = 0;
  /** Tags of the sample resolved last that are cut, each counted as often as it came; those excepted that were not known to be. */
  #cutCount = 0;
  /**
   * Tags that all rows have come first, and so have the ids up to this one. A sample that names one itself belongs to the
   * same series as one that does not.
   */
  #lastConstantTagId = 0;
  /** Whether the sample resolved last went to its metric's overflow context: the next one may find room. */
  isFolded = false;
  /** Samples that overflow contexts took. */
  folded = 0;
  readonly #onFold: ResolverSettings['onFold'];
  readonly #isTagCut: ResolverSettings['isTagCut'];
  readonly #overflowHost: string;
  #overflowHostId = 0;
  #overflowTagIds = new Int32Array(0);
  /** Whether the sample resolved last made its context. */
  #isNew = false;
  /** Changes when a context is recycled: the ids of a scope's tags and host may be others' then. */
  #epoch = 1;
  /** Counts look-ups of tags. To read tags may run code of the caller's (a getter, a proxy), which may record amid this. */
  #lookUps = 0;
  readonly #recentTags = new TagArrayCache();
  /** The flush under way or done last: what makes a context idle is counted in flushes. */
  flushIndex = 0;

  constructor(settings: ResolverSettings) {
    this.contexts = new ContextStore(settings.maxContexts, settings.normalizeTag);
    this.#names = new MetricNames(settings.normalizeName, settings.onTwoKinds);
    this.#onFold = settings.onFold;
    this.#overflowHost = settings.host ?? '';
    this.#isTagCut = settings.isTagCut;
  }

  /** Interns the tags that are appended to every row, before any other, and gives them as they are reported: normalised, each once. */
  setConstantTags(tags: readonly string[]): string[] {
    const { tags: interner } = this.contexts;
    for (const tag of tags) {
      const id = interner.intern(tag);
      if (id !== 0) interner.retain(id);
    }
    this.#lastConstantTagId = interner.size;
    const constantTags = interner.strings.slice(1);
    this.#internOverflow();
    if (this.#isTagCut !== undefined) interner.cut(this.#isTagCut);
    return constantTags;
  }

  /** Interns, once and for all, what overflow contexts are made of. */
  #internOverflow(): void {
    const { tags, hosts } = this.contexts;
    const tagId = tags.intern(OVERFLOW_TAG);
    tags.retain(tagId);
    if (tagId > this.#lastConstantTagId) this.#overflowTagIds = Int32Array.of(tagId);
    if (this.#overflowHost === '') return;
    this.#overflowHostId = hosts.intern(this.#overflowHost);
    hosts.retain(this.#overflowHostId);
  }

  /** A scope. What it names is kept by the contexts of its samples, and by nothing else. */
  createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
    return createScope(namespace, tags, host);
  }

  /** Code of the context for a sample without tags, host or timestamp; 0 when it has none. */
  resolvePlain(scope: Scope, kind: Kind, spelling: string): number {
    const use = scope.names[kind].get(spelling);
    if (use !== undefined && use.plainCode !== 0) return use.plainCode;
    const code = this.#resolveUse(scope, kind, use, spelling, NO_TAGS, undefined);
    // A name that was new is in the map only now, if it is there at all.
    const known = scope.names[kind].get(spelling);
    if (known !== undefined && !this.isFolded) known.plainCode = code;
    return code;
  }

  /** Code of the context for a sample with tags; 0 when it has none. */
  resolveTags(scope: Scope, kind: Kind, spelling: string, tags: readonly string[]): number {
    const use = scope.names[kind].get(spelling);
    if (use === undefined) return this.#resolveUse(scope, kind, undefined, spelling, tags, undefined);
    // First, for it may run code of the caller's.
    const { length } = tags;
    const lookUps = this.#lookUps;
    const known = this.#recentTags.find(use, tags);
    // What was recorded amid this may have changed what is remembered.
    if (lookUps !== this.#lookUps) return this.resolve(scope, kind, spelling, tags, undefined);
    if (known !== 0) return known;
    const code = this.#resolveUse(scope, kind, use, spelling, tags, undefined);
    // Tags are remembered only when each has an id of its own; those of a new context may never come again.
    const canCache = !this.#isNew && !this.isFolded && this.#tagCount + this.#cutCount === length + scope.tagIds.length;
    if (code !== 0 && canCache && this.#lookUps === lookUps + 1 && this.#recentTags.shouldCache(use)) {
      this.#recentTags.remember(use, tags, length, this.#tagIds, code, this.contexts.tags, this.#cutCount);
      // To read the tags once more may have run code of the caller's, which recorded amid this.
      if (this.#lookUps !== lookUps + 1) this.#recentTags.forget();
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
    known: MetricSpelling | undefined,
    spelling: string,
    tags: readonly string[],
    host: string | undefined,
  ): number {
    const code = this.#findOrAdd(scope, kind, known, spelling, tags, host);
    if (code !== 0 || this.refusal !== 'contextLimit') return code;
    if (known === undefined && !this.#names.isName(scope, kind, spelling)) return this.#refuse('badName');
    // What gauges and sets of many contexts would add up to is no value of any of them.
    return kind === GAUGE || kind === SET ? 0 : this.#fold(scope, kind, known, spelling);
  }

  /** Code of the metric's overflow context; 0 when there are too many. The name is one, the tags are well-formed. */
  #fold(scope: Scope, kind: Kind, known: MetricSpelling | undefined, spelling: string): number {
    const { contexts } = this;
    let name = known?.name ?? this.#names.find(scope, kind, spelling);
    if (name === undefined || name.overflowContextId === 0) {
      if (!contexts.hasOverflowRoom) return 0;
      name ??= this.#names.use(scope, kind, spelling)!.name;
      const tagIds = this.#overflowTagIds;
      // The application may have recorded that very series.
      const found = contexts.find(name, this.#overflowHostId, tagIds, tagIds.length);
      contexts.setOverflow(found || contexts.add(name, this.#overflowHostId, tagIds, tagIds.length, this.flushIndex));
    }
    this.isFolded = true;
    if (this.folded++ === 0) this.#onFold?.(name.text, kind);
    return codeOf(name.overflowContextId, kind);
  }

  #findOrAdd(
    scope: Scope,
    kind: Kind,
    known: MetricSpelling | undefined,
    spelling: string,
    tags: readonly string[],
    host: string | undefined,
  ): number {
    const { contexts } = this;
    const count = this.#internTags(scope, tags);
    if (count < 0) return 0;
    this.#tagCount = count;
    const { isFull } = contexts;
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
    this.isFolded = false;
    let contextId = contexts.find(name, hostId, this.#tagIds, count);
    if (contextId === 0) {
      if (isFull) return this.#refuse('contextLimit');
      contextId = contexts.add(name, hostId, this.#tagIds, count, this.flushIndex);
      this.#isNew = true;
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
  #internScopeTags(scope: Scope): boolean {
    const { tags, isFull } = this.contexts;
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

  #useName(scope: Scope, kind: Kind, spelling: string, isFull: boolean): Metric | undefined {
    if (typeof spelling !== 'string' || spelling === '') this.#refuse('badName');
    else if (isFull && this.#names.find(scope, kind, spelling) === undefined) this.#refuse('contextLimit');
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
   * refusal. No tag is interned when contexts are at their limit: what has an unknown tag has no context.
   */
  #internTags(scope: Scope, tags: readonly string[]): number {
    const { tags: interner } = this.contexts;
    const length = tags.length >>> 0;
    if (length + scope.tags.length > MAX_TAGS) return this.#refuse('badTags') - 1;
    const lookUp = ++this.#lookUps;
    this.#cutCount = 0;
    let count = 0;
    for (let i = 0; i < length; i++) {
      const tag = tags[i];
      const id = typeof tag === 'string' ? interner.find(tag) : 0;
      if (id === 0) {
        const rest = ownTags(tags, i, length);
        if (rest === undefined) return this.#refuse('badTags') - 1;
        if (lookUp !== this.#lookUps) break;
        count = this.#internNew(rest, count);
        if (count < 0) return -1;
        break;
      }
      count = this.#addId(id, count);
    }
    if (lookUp !== this.#lookUps) {
      const own = ownTags(tags, 0, length);
      return own === undefined ? this.#refuse('badTags') - 1 : this.#internTags(scope, own);
    }
    if (scope.tagsEpoch !== this.#epoch && !this.#internScopeTags(scope)) return -1;
    for (let i = 0; i < scope.tagIds.length; i++) count = this.#addTag(scope.tagIds[i], count);
    return count;
  }

  /**
   * Adds the ids of tags of which some were not seen before to the first `count`; -1 after a refusal. An id that no
   * context has yet is not safe from others, so none of the caller's code may run from here on: the array is our own.
   */
  #internNew(tags: readonly string[], count: number): number {
    const { tags: interner, isFull } = this.contexts;
    let end = count;
    for (const tag of tags) {
      const id = isFull ? interner.internKnown(tag) : interner.intern(tag);
      if (id === undefined) return this.#refuse('contextLimit') - 1;
      if (id > 0) end = this.#addId(id, end);
    }
    return end;
  }

  #addId(id: number, count: number): number {
    if (id > this.#lastConstantTagId) return this.#addTag(id, count);
    // A constant tag is in every row: one of the sample's own adds nothing.
    if (id === CUT) this.#cutCount++;
    return count;
  }

  #addTag(id: number, count: number): number {
    for (let i = 0; i < count; i++) if (this.#tagIds[i] === id) return count;
    this.#tagIds[count] = id;
    return count + 1;
  }

  #refuse(refusal: Refusal): 0 {
    this.refusal = refusal;
    return 0;
  }

  /** Forgets a context that nothing holds any more. */
  recycle(contextId: number): void {
    const name = this.contexts.name(contextId);
    const code = codeOf(contextId, name.kind);
    for (const use of name.uses) use.deref()?.forget(code);
    this.#recentTags.forget();
    this.contexts.remove(contextId);
    this.#epoch++;
    if (name.contexts === 0) this.#names.remove(name);
  }
}

/** A copy of the tags from a place on, each read once; undefined when one of them is no string. */
function ownTags(tags: readonly string[], begin: number, end: number): string[] | undefined {
  const own: string[] = [];
  for (let i = begin; i < end; i++) {
    const tag: unknown = tags[i];
    if (typeof tag !== 'string') return undefined;
    own.push(tag);
  }
  return own;
}
