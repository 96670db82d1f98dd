import { KIND_BITS, KIND_MASK, KIND_NAMES, type Kind } from '../model/kinds.js';
import { ownCopy } from '../model/text.js';
import { Interner } from './interner.js';
import { MetricSpelling, type Scope } from './scope.js';

/**
 * While there are at most so many names of a kind, scopes may hold all of them as frequent ones: a Map finds a name that comes over
 * and over fastest.
 */
const FEW_NAMES = 8192;

/**
 * Most frequent names of a kind in a scope when there are more. A larger Map would cost more cache misses for names that are not in
 * it than it saves for those that are.
 */
const MAX_FREQUENT = 1024;

/** The most spellings of one metric that are frequent in their scopes. */
const MAX_SPELLINGS = 64;

// One sample in so many for whose spelling there is no room makes room: in its scope, and among the spellings of its metric. Both are
// primes, so that no spelling of a short sequence that comes over and over is left out each time.
const SCOPE_PERIOD = 509;
const METRIC_PERIOD = 61;

/** The cache of an interner is not used, because scopes have the frequent names. */
const CACHE_SET_BITS = 1;

/**
 * The words that are kept for each spelling: the last context, and the number of its tags and host. Many names come with the same
 * tags each time. Their contexts are then found without a look-up.
 */
const LAST_TAG_SET = 0;
const LAST_CONTEXT = 1;
const OWN_WORDS = 2;

/**
 * Called when the name of a series that has contexts of one kind is first used by another.
 *
 * @param name The name of the series.
 * @param kind The kind of the new metric.
 * @param otherKind The kind of the one that was there first.
 * @param histogram The name of that of the two that is a histogram or timing, if the series is one of its aggregates.
 */
export type OnTwoKinds = (name: string, kind: Kind, otherKind: Kind, histogram?: string) => void;

/**
 * The metrics that have contexts. A metric is a full name of one kind. Its id holds the kind in the lower bits; the id of a metric
 * that was forgotten is given to another one.
 */
export class MetricNames {
  readonly #normalize: (text: string, kind: Kind) => string;
  readonly #suffixes: readonly (readonly string[])[];
  /** The full names of each kind. The contexts of a metric are the uses of its name. */
  readonly #byKind: readonly Interner[];
  readonly #onTwoKinds: OnTwoKinds;
  /** The frequent spellings of each metric that has any. */
  readonly #frequent = new Map<number, readonly MetricSpelling[]>();
  /** Number of samples for whose spelling there was no room. */
  #refused = 0;

  /** @param suffixes For each kind, what its series add to the name; nothing for kinds with one series of the same name. */
  constructor(
    normalize: (text: string, kind: Kind) => string,
    onTwoKinds: OnTwoKinds,
    suffixes: readonly (readonly string[])[] = [],
  ) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
    this.#suffixes = KIND_NAMES.map((_, kind) => suffixes[kind] ?? []);
    this.#byKind = KIND_NAMES.map((_, kind) => new Interner((text) => normalize(text, kind as Kind), CACHE_SET_BITS, OWN_WORDS));
  }

  /** The name, normalised, with the namespace. */
  text(metricId: number): string {
    return this.#interner(metricId).strings[metricId >> KIND_BITS];
  }

  /** The name as JSON, without the quotes. */
  json(metricId: number): string {
    return this.#interner(metricId).json(metricId >> KIND_BITS);
  }

  /** Number of contexts. */
  contextCount(metricId: number): number {
    return this.#interner(metricId).uses(metricId >> KIND_BITS);
  }

  /** Number of remembered spellings, besides those that are frequent in scopes. */
  get spellings(): number {
    return this.#byKind.reduce((sum, interner) => sum + interner.spellings, 0);
  }

  /** Calls a function with the id of each metric. */
  forEach(callback: (metricId: number) => void): void {
    for (const [kind, { strings }] of this.#byKind.entries()) {
      for (let id = 1; id < strings.length; id++) if (strings[id] !== '') callback((id << KIND_BITS) | kind);
    }
  }

  /**
   * Returns the record of the spelling of a name, or 0 if it is not remembered. The record is valid until a name is interned.
   */
  find(scope: Scope, kind: Kind, text: unknown): number {
    return typeof text === 'string' && text !== '' ? this.#byKind[kind].ids.findRecord(fullName(scope, text)) : 0;
  }

  /** The metric of a spelling's record. */
  metricId(kind: Kind, record: number): number {
    return (this.#byKind[kind].ids.valueOf(record) << KIND_BITS) | kind;
  }

  /** Returns the context that was last found by a spelling with a tag set, if it was the same set, or 0. */
  lastContext(kind: Kind, record: number, tagSet: number): number {
    const { ids } = this.#byKind[kind];
    return tagSet !== 0 && ids.ownWord(record, LAST_TAG_SET) === tagSet ? ids.ownWord(record, LAST_CONTEXT) : 0;
  }

  setLastContext(kind: Kind, record: number, tagSet: number, contextId: number): void {
    const { ids } = this.#byKind[kind];
    ids.setOwnWord(record, LAST_TAG_SET, tagSet);
    ids.setOwnWord(record, LAST_CONTEXT, contextId);
  }

  /** Whether this is a string that does not normalise to the empty string. */
  isName(scope: Scope, kind: Kind, text: unknown): boolean {
    return typeof text === 'string' && text !== '' && this.#normalize(fullName(scope, text), kind) !== '';
  }

  /** Returns the metric that a text names in a scope, undefined if it is new, or 0 if the name normalises to the empty string. */
  findKnown(scope: Scope, kind: Kind, text: string): number | undefined {
    const id = this.#byKind[kind].internKnown(fullName(scope, text));
    return id === undefined || id === 0 ? id : (id << KIND_BITS) | kind;
  }

  /**
   * Returns the metric that a text names in a scope, or 0 if the name normalises to the empty string. A new metric has no context:
   * the caller must add one.
   */
  intern(scope: Scope, kind: Kind, text: string): number {
    const id = this.#byKind[kind].intern(fullName(scope, text));
    if (id === 0) return 0;
    const metricId = (id << KIND_BITS) | kind;
    if (this.contextCount(metricId) === 0) this.#warnOfSameSeries(this.text(metricId), kind);
    return metricId;
  }

  /** Counts one more context of a metric. */
  retain(metricId: number): void {
    this.#interner(metricId).retain(metricId >> KIND_BITS);
  }

  /** Counts one context less. A metric without contexts is forgotten, and its spellings with it. */
  release(metricId: number): void {
    if (this.contextCount(metricId) === 1) {
      for (const { scopeSpellings, text } of this.#frequent.get(metricId) ?? []) {
        scopeSpellings.deref()?.[metricId & KIND_MASK].delete(text);
      }
      this.#frequent.delete(metricId);
    }
    this.#interner(metricId).release(metricId >> KIND_BITS);
  }

  /** Makes a spelling frequent in its scope if there is room, or now and then. It must not be frequent yet. */
  noteUse(scope: Scope, kind: Kind, text: string, metricId: number): void {
    const { size } = scope.spellings[kind];
    const limit = this.#byKind[kind].size > FEW_NAMES ? MAX_FREQUENT : FEW_NAMES;
    if (size > limit) return this.#displaceOldest(scope, kind);
    let others = this.#frequent.get(metricId) ?? [];
    if (size === limit && ++this.#refused % SCOPE_PERIOD !== 0) return;
    if (others.length === MAX_SPELLINGS) {
      if (++this.#refused % METRIC_PERIOD !== 0) return;
      // Spellings of scopes that are gone make room for others.
      others = others.filter(({ scopeSpellings }) => scopeSpellings.deref() !== undefined);
      if (others.length === MAX_SPELLINGS) return;
    }
    if (size === limit) this.#displaceOldest(scope, kind);
    const spelling = new MetricSpelling(metricId, ownCopy(text), scope.weakSpellings);
    scope.spellings[kind].set(spelling.text, spelling);
    // A new array each time, because one that grows has room for many more.
    this.#frequent.set(metricId, [...others, spelling]);
  }

  #displaceOldest({ spellings, oldest: iterators }: Scope, kind: Kind): void {
    let next = iterators[kind].next();
    if (next.done) {
      iterators[kind] = spellings[kind].values();
      next = iterators[kind].next();
    }
    const oldest = next.value!;
    const { metricId, text } = oldest;
    spellings[kind].delete(text);
    const others = this.#frequent.get(metricId)!.filter((other) => other !== oldest);
    if (others.length > 0) this.#frequent.set(metricId, others);
    else this.#frequent.delete(metricId);
  }

  #interner(metricId: number): Interner {
    return this.#byKind[metricId & KIND_MASK];
  }

  #has(name: string, kind: Kind): boolean {
    const interner = this.#byKind[kind];
    // Other spellings are found, too.
    return interner.size > 0 && interner.strings[interner.ids.get(name)] === name;
  }

  /** Reports a metric of another kind whose series has the name of a new metric, or of one of its series. */
  #warnOfSameSeries(name: string, kind: Kind): void {
    const otherKinds = KIND_NAMES.map((_, index) => index as Kind).filter((other) => other !== kind);
    const same = otherKinds.find((other) => this.#has(name, other));
    if (same !== undefined) return this.#onTwoKinds(name, kind, same);
    const suffixes = this.#suffixes[kind];
    for (const other of otherKinds) {
      const otherSuffixes = this.#suffixes[other];
      if (suffixes.length > 0 === otherSuffixes.length > 0) continue;
      const suffix = suffixes.find((each) => this.#has(name + each, other));
      if (suffix !== undefined) return this.#onTwoKinds(name + suffix, kind, other, name);
      const otherSuffix = otherSuffixes.find((each) => name.endsWith(each) && this.#has(name.slice(0, -each.length), other));
      if (otherSuffix !== undefined) return this.#onTwoKinds(name, kind, other, name.slice(0, -otherSuffix.length));
    }
  }
}

function fullName({ namespace }: Scope, text: string): string {
  return namespace === '' ? text : `${namespace}.${text}`;
}
