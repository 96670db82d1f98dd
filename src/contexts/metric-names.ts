import { KIND_BITS, KIND_MASK, KIND_NAMES, type Kind } from '../model/kinds.js';
import { ownCopy } from '../model/text.js';
import { Interner } from './interner.js';
import { MetricSpelling, type Scope, type Spellings } from './scope.js';

/**
 * The most names of one kind that a scope holds as frequent ones. A Map finds a constant name fastest. Among many names, or names
 * that were built a moment ago, the table behind it is faster, and it takes a fraction of the memory.
 */
const MAX_FREQUENT = 1024;

/** When a scope has that many, one name in this many that is not among them displaces another. */
const DISPLACING_PERIOD = 64;

/** The most spellings of one metric that are frequent in their scopes. */
const MAX_SPELLINGS = 64;

/** The cache of an interner is not used, because scopes have the frequent names. */
const CACHE_SET_BITS = 1;

/** The frequent spellings of one metric. */
interface FrequentSpellings {
  /** The references are weak, so that the metric does not keep the scopes alive. */
  places: { readonly scopeSpellings: WeakRef<Spellings>; readonly text: string }[];
  /** Number of spellings for which there was no room. */
  refused: number;
}

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
  readonly #frequent = new Map<number, FrequentSpellings>();
  #displacing = 0;

  /** @param suffixes For each kind, what its series add to the name; nothing for kinds with one series of the same name. */
  constructor(
    normalize: (text: string, kind: Kind) => string,
    onTwoKinds: OnTwoKinds,
    suffixes: readonly (readonly string[])[] = [],
  ) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
    this.#suffixes = KIND_NAMES.map((_, kind) => suffixes[kind] ?? []);
    this.#byKind = KIND_NAMES.map((_, kind) => new Interner((text) => normalize(text, kind as Kind), CACHE_SET_BITS));
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

  /** Returns the metric that a text names in a scope, or 0. Spellings that are not remembered are not found. */
  find(scope: Scope, kind: Kind, text: unknown): number {
    if (typeof text !== 'string' || text === '') return 0;
    const id = this.#byKind[kind].findRemembered(fullName(scope, text));
    return id === 0 ? 0 : (id << KIND_BITS) | kind;
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
      for (const { scopeSpellings, text } of this.#frequent.get(metricId)?.places ?? [])
        scopeSpellings.deref()?.[metricId & KIND_MASK].delete(text);
      this.#frequent.delete(metricId);
    }
    this.#interner(metricId).release(metricId >> KIND_BITS);
  }

  /** Adds a name to the frequent ones of its scope if there is room, or now and then. It must not be among them. */
  noteUse(scope: Scope, kind: Kind, text: string, metricId: number): void {
    const spellings = scope.spellings[kind];
    if (spellings.size >= MAX_FREQUENT && ++this.#displacing % DISPLACING_PERIOD !== 0) return;
    const frequent = this.#frequent.get(metricId) ?? { places: [], refused: 0 };
    // Spellings of scopes that are gone make room for others, but are not looked for every time.
    if (frequent.places.length === MAX_SPELLINGS) {
      if (++frequent.refused % MAX_SPELLINGS !== 0) return;
      frequent.places = frequent.places.filter(({ scopeSpellings }) => scopeSpellings.deref() !== undefined);
      if (frequent.places.length === MAX_SPELLINGS) return;
    }
    if (spellings.size >= MAX_FREQUENT) this.#displaceOldest(scope, kind);
    const own = ownCopy(text);
    spellings.set(own, new MetricSpelling(metricId));
    frequent.places.push({ scopeSpellings: scope.weakSpellings, text: own });
    this.#frequent.set(metricId, frequent);
  }

  #displaceOldest({ spellings, weakSpellings }: Scope, kind: Kind): void {
    const [[oldest, { metricId }]] = spellings[kind];
    spellings[kind].delete(oldest);
    const { places } = this.#frequent.get(metricId)!;
    places.splice(
      places.findIndex(({ scopeSpellings, text }) => scopeSpellings === weakSpellings && text === oldest),
      1,
    );
    if (places.length === 0) this.#frequent.delete(metricId);
  }

  #interner(metricId: number): Interner {
    return this.#byKind[metricId & KIND_MASK];
  }

  #has(name: string, kind: Kind): boolean {
    const interner = this.#byKind[kind];
    // Other spellings are found, too.
    return interner.size > 0 && interner.strings[interner.findRemembered(name)] === name;
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
