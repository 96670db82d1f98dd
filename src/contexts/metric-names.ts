import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { jsonText } from '../model/text.js';
import { type Metric, MetricSpelling, type Scope } from './scope.js';
import { ownCopy } from './string-table.js';

/** A scope forgets its spellings of a kind when they are more than twice the kind's metrics plus this. */
const SPARE_SPELLINGS = 64;

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
   * Returns a new spelling of a metric, which the scope remembers; undefined if the name normalises to the empty string.
   */
  add(scope: Scope, kind: Kind, text: string): MetricSpelling | undefined {
    const name = this.#fullName(scope, kind, text);
    if (name === '') return undefined;
    const metric = this.#byKind[kind].get(name) ?? this.#addMetric(name, kind);
    const spellings = scope.spellings[kind];
    // Most of them then lead to forgotten metrics, or spell the same metric in many ways.
    if (spellings.size > 2 * this.#byKind[kind].size + SPARE_SPELLINGS) spellings.clear();
    const spelling = new MetricSpelling(metric);
    spellings.set(ownCopy(text), spelling);
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
    };
    this.#byKind[kind].set(metric.text, metric);
    const other = this.#byKind.findIndex((metrics, otherKind) => otherKind !== kind && metrics.has(name));
    if (other >= 0) this.#onTwoKinds(name, kind, other as Kind);
    return metric;
  }

  /** Forgets a metric that has no contexts. */
  remove(metric: Metric): void {
    this.#byKind[metric.kind].delete(metric.text);
    this.#freeIds.push(metric.id);
  }
}
