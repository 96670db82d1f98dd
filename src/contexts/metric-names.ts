import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { jsonText } from '../model/text.js';
import { type Metric, MetricSpelling, type Scope } from './scope.js';
import { ownCopy } from './string-table.js';

/** The most spellings of one metric that scopes remember. Others are normalised at every sample. Real code has fewer. */
const MAX_SPELLINGS = 64;

/** The metrics that have contexts, by kind and name. */
export class MetricNames {
  readonly #normalize: (text: string, kind: Kind) => string;
  readonly #byKind: Map<string, Metric>[] = KIND_NAMES.map(() => new Map());
  readonly #onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void;
  #nextId = 1;
  readonly #freeIds: number[] = [];

  /** @param onTwoKinds Called when a name that has contexts of one kind is first used as another. */
  constructor(normalize: (text: string, kind: Kind) => string, onTwoKinds: (name: string, kind: Kind, otherKind: Kind) => void) {
    this.#normalize = normalize;
    this.#onTwoKinds = onTwoKinds;
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
    return metric;
  }

  /** Forgets a metric that has no contexts, and its spellings. */
  remove(metric: Metric): void {
    for (const { scopeSpellings, text } of metric.spellings) scopeSpellings.deref()?.[metric.kind].delete(text);
    this.#byKind[metric.kind].delete(metric.text);
    this.#freeIds.push(metric.id);
  }
}
