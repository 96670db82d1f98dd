import type { Kind } from '../model/kinds.js';
import { CONTEXT_LIMIT, codeOf } from './codes.js';
import type { ContextStore } from './context-store.js';
import type { MetricNames } from './metric-names.js';
import type { MetricSpelling, Scope } from './scope.js';

/** The only tag of overflow contexts. */
const OVERFLOW_TAG = 'overflow:true';

/** Folds samples that find no room for a context of their own into one overflow context for each metric. */
export class Overflow {
  /** Number of samples that were folded. */
  folded = 0;
  readonly #contexts: ContextStore;
  readonly #names: MetricNames;
  readonly #host: string;
  readonly #onFold: ((name: string, kind: Kind) => void) | undefined;
  #hostId = 0;
  /** Empty when the tag is a constant one, which every row has anyway. */
  #tagIds = new Int32Array(0);

  /** @param onFold Called with the first sample that is folded, amid its look-up. */
  constructor(contexts: ContextStore, names: MetricNames, host: string, onFold?: (name: string, kind: Kind) => void) {
    this.#contexts = contexts;
    this.#names = names;
    this.#host = host;
    this.#onFold = onFold;
  }

  /** Interns the tag and the host of overflow contexts for good, after the constant tags. */
  intern(isConstantTag: (id: number) => boolean): void {
    const { tags, hosts } = this.#contexts;
    const tagId = tags.intern(OVERFLOW_TAG);
    tags.retain(tagId);
    if (!isConstantTag(tagId)) this.#tagIds = Int32Array.of(tagId);
    if (this.#host === '') return;
    this.#hostId = hosts.intern(this.#host);
    hosts.retain(this.#hostId);
  }

  /**
   * Returns the code of the metric's overflow context, or {@link CONTEXT_LIMIT} when there are too many of those.
   *
   * @param text The metric's name as the application spells it, of which something must be left once it is normalised.
   */
  fold(scope: Scope, kind: Kind, text: string, spelling: MetricSpelling | undefined, flushIndex: number): number {
    const contexts = this.#contexts;
    let metric = spelling?.metric ?? this.#names.find(scope, kind, text);
    if (metric === undefined || metric.overflowContextId === 0) {
      if (!contexts.hasOverflowRoom) return CONTEXT_LIMIT;
      metric ??= this.#names.add(scope, kind, text)!.metric;
      const { length } = this.#tagIds;
      // The application may have recorded the same series.
      const found = contexts.find(metric, this.#hostId, this.#tagIds, length);
      contexts.setOverflow(found || contexts.add(metric, this.#hostId, this.#tagIds, length, flushIndex));
    }
    if (this.folded++ === 0) this.#onFold?.(metric.text, kind);
    return codeOf(metric.overflowContextId, kind);
  }
}
