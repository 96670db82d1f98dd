import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { jsonText, ownCopy } from '../model/text.js';
import { type Metric, MetricSpelling, type Scope } from './scope.js';

/** The most spellings of one metric that scopes remember. Others are normalised at every sample. Real code has fewer. */
const MAX_SPELLINGS = 64;

/**
 * Called when the name of a series that has contexts of one kind is first used by another.
 *
 * @param name The name of the series.
 * @param kind The kind of the new metric.
 * @param otherKind The kind of the one that was there first.
 * @param histogram The name of that of the two that is a histogram or timing, if the series is one of its aggregates.
 */
export type OnTwoKinds = (name: string, kind: Kind, otherKind: Kind, histogram?: string) => void;

/** The metrics that have contexts, by kind and name. */
export class MetricNames {
  readonly #normalize: (text: string, kind: Kind) => string;
  readonly #suffixes: readonly (readonly string[])[];
  readonly #byKind: Map<string, Metric>[] = KIND_NAMES.map(() => new Map());
  readonly #onTwoKinds: OnTwoKinds;
  #nextId = 1;
  readonly #freeIds: number[] = [];

  /** @param suffixes For each kind, what its series add to the name; nothing for kinds with one series of the same name. */
  constructor(
    normalize: (text: string, kind: Kind) => string,
    onTwoKinds: OnTwoKinds,
    suffixes: readonly (readonly string[])[] = [],
  ) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
    this.#suffixes = KIND_NAMES.map((_, kind) => suffixes[kind] ?? []);
  }

  /** Returns the metric that a text names in a scope, if it has contexts. */
  find(scope: Scope, kind: Kind, text: string): Metric | undefined {
    return this.#byKind[kind].get(this.#fullName(scope, kind, text));
  }

  /** Whether this is a string that does not normalise to the empty string. */
  isName(scope: Scope, kind: Kind, text: unknown): boolean {
    return typeof text === 'string' && text !== '' && this.#fullName(scope, kind, text) !== '';
  }

  #fullName(scope: Scope, kind: Kind, text: string): string {
    return this.#normalize(scope.namespace === '' ? text : `${scope.namespace}.${text}`, kind);
  }

  /**
   * Returns a new spelling of a metric, or undefined if the name normalises to the empty string. The scope remembers the spelling
   * unless the metric has {@link MAX_SPELLINGS} others.
   */
  add(scope: Scope, kind: Kind, text: string): MetricSpelling | undefined {
    const name = this.#fullName(scope, kind, text);
    if (name === '') return undefined;
    const metric = this.#byKind[kind].get(name) ?? this.#addMetric(name, kind);
    const spelling = new MetricSpelling(metric);
    // Spellings of scopes that are gone make room for others, but are not looked for every time.
    if (metric.spellings.length === MAX_SPELLINGS && ++metric.unrememberedCount % MAX_SPELLINGS === 0) {
      metric.spellings = metric.spellings.filter(({ scopeSpellings }) => scopeSpellings.deref() !== undefined);
    }
    if (metric.spellings.length < MAX_SPELLINGS) {
      const own = ownCopy(text);
      scope.spellings[kind].set(own, spelling);
      metric.spellings.push({ scopeSpellings: scope.weakSpellings, text: own });
    }
    return spelling;
  }

  #addMetric(name: string, kind: Kind): Metric {
    const metric: Metric = {
      id: this.#freeIds.pop() ?? this.#nextId++,
      kind,
      text: ownCopy(name),
      json: jsonText(name),
      contexts: 0,
      overflowContextId: 0,
      spellings: [],
      unrememberedCount: 0,
    };
    this.#byKind[kind].set(metric.text, metric);
    const other = this.#byKind.findIndex((metrics, otherKind) => otherKind !== kind && metrics.has(name));
    if (other >= 0) this.#onTwoKinds(name, kind, other as Kind);
    else this.#reportSameSeries(name, kind);
    return metric;
  }

  /** Reports a metric of another kind whose series has the name of one of this metric's. */
  #reportSameSeries(name: string, kind: Kind): void {
    const suffixes = this.#suffixes[kind];
    for (const [otherIndex, others] of this.#byKind.entries()) {
      const otherKind = otherIndex as Kind;
      const otherSuffixes = this.#suffixes[otherKind];
      if (suffixes.length > 0 === otherSuffixes.length > 0) continue;
      const suffix = suffixes.find((each) => others.has(name + each));
      if (suffix !== undefined) return this.#onTwoKinds(name + suffix, kind, otherKind, name);
      const otherSuffix = otherSuffixes.find((each) => name.endsWith(each) && others.has(name.slice(0, -each.length)));
      if (otherSuffix !== undefined) return this.#onTwoKinds(name, kind, otherKind, name.slice(0, -otherSuffix.length));
    }
  }

  /** Forgets a metric that has no contexts, and its spellings. */
  remove(metric: Metric): void {
    for (const { scopeSpellings, text } of metric.spellings) scopeSpellings.deref()?.[metric.kind].delete(text);
    this.#byKind[metric.kind].delete(metric.text);
    this.#freeIds.push(metric.id);
  }
}
