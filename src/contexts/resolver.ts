// This folder finds the context of a sample: a small integer that stands for its kind, name, tags and host. It keeps the strings
// of each context, and recycles the ids of idle contexts. It may import only `model/` and the checks of `options/`. Its front
// door is `Resolver`, which turns a name and tags into a code for the engine. `ContextStore` leads from a context id back to its
// name, tags and host, when rows are made.

import { GAUGE, KIND_BITS, type Kind, SET } from '../model/kinds.js';
import { BAD_NAME, CONTEXT_LIMIT, codeOf } from './codes.js';
import { ContextStore } from './context-store.js';
import { MetricNames, type OnTwoKinds } from './metric-names.js';
import { Overflow } from './overflow.js';
import { SampleIds } from './sample-ids.js';
import type { MetricSpelling, Scope } from './scope.js';
import type { KnownTagArray } from './tag-array-cache.js';
import { TagSetCache } from './tag-set-cache.js';

const NO_TAGS: readonly string[] = [];

export interface ResolverSettings {
  /** Most contexts that may live at a time, overflow contexts excepted. */
  maxContexts: number;
  normalizeName: (name: string, kind: Kind) => string;
  normalizeTag: (tag: string) => string;
  /** The tags that every row has. Default: none. */
  constantTags?: readonly string[];
  /** Called while a sample is resolved. */
  onTwoKinds: OnTwoKinds;
  /** For each kind, the suffixes of its series' names. Default: none. */
  suffixes?: readonly (readonly string[])[];
  /** Called with the first sample that is folded into an overflow context, while it is resolved. */
  onFold?: (name: string, kind: Kind) => void;
  /** Normalises hosts. Called for every new spelling. */
  normalizeHost?: (host: string) => string;
  /** Host of samples whose scope and options name none. Default: none. */
  host?: string;
  /** Tells whether a normalised tag is left out of every context. It is not called for constant tags. */
  isTagCut?: (tag: string) => boolean;
}

/** Finds the context of a sample, and makes it if it is new. Every `resolve` method returns a code: see codes.ts. */
export class Resolver {
  readonly contexts: ContextStore;
  /** Index of the current or last flush. The idle time of contexts is counted in flushes. */
  flushIndex = 0;
  readonly #names: MetricNames;
  readonly #ids: SampleIds;
  readonly #overflow: Overflow;
  readonly #tagSets = new TagSetCache();
  /** Number of recycled contexts. It is the store's `removedCount`, but faster to read. */
  #recycledCount = 0;

  constructor(settings: ResolverSettings) {
    this.#names = new MetricNames(settings.normalizeName, settings.onTwoKinds, settings.suffixes);
    this.contexts = new ContextStore(
      settings.maxContexts,
      this.#names,
      settings.normalizeTag,
      settings.host,
      settings.normalizeHost,
    );
    this.#ids = new SampleIds(this.contexts, settings.constantTags ?? []);
    this.#overflow = new Overflow(this.contexts, this.#ids, settings.onFold, settings.isTagCut);
    // From here on, so that constant tags and the tag of overflow contexts are never cut.
    this.contexts.tags.isCut = settings.isTagCut;
  }

  /**
   * Leaves a tag out of all contexts that are made from now on, because every row has it anyway.
   *
   * @param tag Normalised.
   */
  leaveOut(tag: string): void {
    const { tags } = this.contexts;
    const isCut = tags.isCut;
    tags.isCut = (other) => other === tag || (isCut?.(other) ?? false);
  }

  /** The constant tags as rows show them: normalised, each once. */
  get constantTags(): readonly string[] {
    return this.#ids.constantTags;
  }

  /** Number of samples that were folded into overflow contexts. */
  get folded(): number {
    return this.#overflow.folded;
  }

  /** Resolves a sample that has no tags and no host of its own. */
  resolvePlain(scope: Scope, kind: Kind, text: string): number {
    const spelling = scope.spellings[kind].get(text);
    if (spelling !== undefined && spelling.plainRecycledCount === this.#recycledCount) return spelling.plainCode;
    const code = this.#resolveRead(scope, kind, text, spelling, this.#ids.read(scope, NO_TAGS, undefined, undefined));
    if (spelling !== undefined && code > 0 && !this.isOverflow(code)) {
      spelling.plainCode = code;
      spelling.plainRecycledCount = this.#recycledCount;
    }
    return code;
  }

  /** Resolves a sample that has tags, but no host of its own. */
  resolveTags(scope: Scope, kind: Kind, text: string, tags: readonly string[]): number {
    const spelling = scope.spellings[kind].get(text);
    if (spelling === undefined) return this.resolve(scope, kind, text, tags, undefined);
    if (spelling.isRepeating && spelling.lastArray.removedCount === this.#recycledCount) {
      const { lastArray, lastCode } = spelling;
      if (lastArray.equals(tags)) return lastCode;
    }
    const known = this.#ids.findArray(tags);
    if (known !== undefined) {
      const code = known.owner === spelling ? known.code : this.#findKnown(scope, kind, spelling, known);
      if (code !== 0) return remember(spelling, known, code);
    }
    const refusal = this.#ids.read(scope, tags, undefined, known);
    if (refusal !== 0) return this.#foldOrRefuse(refusal, scope, kind, text, spelling.metricId);
    const contextId = this.#find(spelling.metricId);
    // The array of a new context is not cached, because it may never come again.
    if (contextId === 0) return this.#add(scope, kind, text, spelling.metricId);
    const code = codeOf(contextId, kind);
    const array = known ?? this.#ids.cacheArray(tags);
    return array === undefined ? code : remember(spelling, array, code);
  }

  /** Resolves any sample. If `host` is undefined, the sample has the host of its scope. */
  resolve(scope: Scope, kind: Kind, text: string, tags: readonly string[], host: string | undefined): number {
    const known = this.#ids.findArray(tags);
    const refusal = this.#ids.read(scope, tags, host, known);
    const code = this.#resolveRead(scope, kind, text, scope.spellings[kind].get(text), refusal);
    if (code > 0 && known === undefined) this.#ids.cacheArray(tags);
    return code;
  }

  /** Resolves any sample whose tags are the properties of a plain object. */
  resolveRecord(scope: Scope, kind: Kind, text: string, tags: Readonly<Record<string, unknown>>, host?: string): number {
    const refusal = this.#ids.readRecord(scope, tags, host);
    return this.#resolveRead(scope, kind, text, scope.spellings[kind].get(text), refusal);
  }

  /** @param refusal What reading the sample's ids returned. */
  #resolveRead(scope: Scope, kind: Kind, text: string, spelling: MetricSpelling | undefined, refusal: number): number {
    if (spelling === undefined) return this.#resolveRare(scope, kind, text, refusal);
    if (refusal !== 0) return this.#foldOrRefuse(refusal, scope, kind, text, spelling.metricId);
    return this.#findOrAdd(scope, kind, text, spelling.metricId);
  }

  /** Does the same as {@link #resolveRead} for a name that is not among the frequent ones of its scope. */
  #resolveRare(scope: Scope, kind: Kind, text: string, refusal: number): number {
    const names = this.#names;
    const record = names.find(scope, kind, text);
    const known = record === 0 ? 0 : names.metricId(kind, record);
    if (refusal !== 0) return this.#foldOrRefuse(refusal, scope, kind, text, known);
    const metricId = known || this.#internName(scope, kind, text);
    if (metricId < 0) {
      this.#ids.discard(scope);
      return this.#foldOrRefuse(metricId, scope, kind, text, 0);
    }
    names.noteUse(scope, kind, text, metricId);
    const tagSet = record === 0 ? 0 : this.#tagSets.numberOf(this.#ids, this.#recycledCount);
    if (tagSet === 0) return this.#findOrAdd(scope, kind, text, metricId);
    const last = names.lastContext(kind, record, tagSet);
    if (last !== 0) return codeOf(last, kind);
    const contextId = this.#find(metricId);
    if (contextId === 0) return this.#add(scope, kind, text, metricId);
    names.setLastContext(kind, record, tagSet, contextId);
    return codeOf(contextId, kind);
  }

  #findOrAdd(scope: Scope, kind: Kind, text: string, metricId: number): number {
    const contextId = this.#find(metricId);
    return contextId !== 0 ? codeOf(contextId, kind) : this.#add(scope, kind, text, metricId);
  }

  /** Whether this is the code of an overflow context. It must not be kept, because the next sample may find room for its own. */
  isOverflow(code: number): boolean {
    const contextId = code >> KIND_BITS;
    return this.contexts.overflowContext(this.contexts.metricId(contextId)) === contextId;
  }

  /** Returns the context of the sample whose ids were read last, or 0. */
  #find(metricId: number): number {
    const { tagIds, tagCount, tagsHash, hostId } = this.#ids;
    return this.contexts.find(metricId, hostId, tagIds, tagCount, tagsHash);
  }

  /** Does the same as {@link #find} without a reading, where nothing is added to the tags of the array. Returns the code, or 0. */
  #findKnown(scope: Scope, kind: Kind, { metricId }: MetricSpelling, { tagIds, tagsHash }: KnownTagArray): number {
    if (scope.tags.length > 0 || scope.host !== undefined) return 0;
    const contextId = this.contexts.find(metricId, 0, tagIds, tagIds.length, tagsHash);
    return contextId === 0 ? 0 : codeOf(contextId, kind);
  }

  /** Makes the context of the sample whose ids were read last. */
  #add(scope: Scope, kind: Kind, text: string, metricId: number): number {
    if (this.contexts.isFull) return this.#foldOrRefuse(CONTEXT_LIMIT, scope, kind, text, metricId);
    const { tagIds, tagCount, hostId } = this.#ids;
    return codeOf(this.contexts.add(metricId, hostId, tagIds, tagCount, this.flushIndex), kind);
  }

  /** Returns the metric of a spelling that is not known, or the code of a refusal. */
  #internName(scope: Scope, kind: Kind, text: string): number {
    if (typeof text !== 'string' || text === '') return BAD_NAME;
    const names = this.#names;
    const metricId = this.contexts.isFull ? names.findKnown(scope, kind, text) : names.intern(scope, kind, text);
    return metricId === undefined ? CONTEXT_LIMIT : metricId || BAD_NAME;
  }

  /** @param metricId The sample's metric, or 0 if its spelling is not known. */
  #foldOrRefuse(refusal: number, scope: Scope, kind: Kind, text: string, metricId: number): number {
    if (refusal !== CONTEXT_LIMIT) return refusal;
    if (metricId === 0 && !this.#names.isName(scope, kind, text)) return BAD_NAME;
    // The gauges or sets of different contexts cannot be merged meaningfully.
    if (kind === GAUGE || kind === SET) return CONTEXT_LIMIT;
    return this.#overflow.fold(scope, kind, text, metricId, this.flushIndex);
  }

  /** Removes a context. Nothing may hold its id any more. */
  recycle(contextId: number): void {
    this.contexts.remove(contextId);
    this.#recycledCount++;
  }
}

/** Remembers the array of a sample for the samples that follow. Returns the code. */
function remember(spelling: MetricSpelling, array: KnownTagArray, code: number): number {
  spelling.isRepeating = array === spelling.lastArray;
  spelling.lastArray = array;
  spelling.lastCode = code;
  array.owner = spelling;
  array.code = code;
  return code;
}
