import type { Kind } from '../model/kinds.js';
import { CONTEXT_LIMIT, codeOf } from './codes.js';
import type { ContextStore } from './context-store.js';
import type { SampleIds } from './sample-ids.js';
import type { Scope } from './scope.js';

/** The only tag of overflow contexts. */
const OVERFLOW_TAG = 'overflow:true';

/** Overflow contexts have the client's host. */
const CLIENT_HOST_ID = 0;

/** Folds samples for whose own context there is no room into one overflow context for each metric. */
export class Overflow {
  /** Number of folded samples. */
  folded = 0;
  readonly #contexts: ContextStore;
  readonly #onFold: ((name: string, kind: Kind) => void) | undefined;
  /** Empty if the tag is a constant one, which every row has anyway. */
  readonly #tagIds: Int32Array;

  /**
   * Interns the tag of overflow contexts, and never releases it.
   *
   * @param onFold Called with the first sample that is folded, while it is resolved.
   * @param isTagCut Tells whether a tag of samples is cut. Overflow contexts have their tag nevertheless.
   */
  constructor(
    contexts: ContextStore,
    ids: SampleIds,
    onFold?: (name: string, kind: Kind) => void,
    isTagCut?: (tag: string) => boolean,
  ) {
    this.#contexts = contexts;
    this.#onFold = onFold;
    const { tags } = contexts;
    const tagId = tags.intern(OVERFLOW_TAG);
    tags.retain(tagId);
    const isConstant = ids.isConstantTag(tagId);
    this.#tagIds = isConstant ? Int32Array.of() : Int32Array.of(tagId);
    if (!isConstant && isTagCut?.(OVERFLOW_TAG)) tags.hide(tagId);
  }

  /**
   * Returns the code of the metric's overflow context, or {@link CONTEXT_LIMIT} if there are too many overflow contexts.
   *
   * @param text The metric's name as the application spells it. It must not normalise to the empty string.
   * @param found The metric, or 0 if the spelling is not known.
   */
  fold(scope: Scope, kind: Kind, text: string, found: number, flushIndex: number): number {
    const contexts = this.#contexts;
    const { names } = contexts;
    const known = found || (names.findKnown(scope, kind, text) ?? 0);
    let contextId = known === 0 ? 0 : contexts.overflowContext(known);
    if (contextId === 0) {
      if (!contexts.hasOverflowRoom) return CONTEXT_LIMIT;
      const metricId = known || names.intern(scope, kind, text);
      const { length } = this.#tagIds;
      // The application may have recorded this series itself.
      contextId =
        contexts.find(metricId, CLIENT_HOST_ID, this.#tagIds, length) ||
        contexts.add(metricId, CLIENT_HOST_ID, this.#tagIds, length, flushIndex);
      contexts.setOverflow(contextId);
    }
    if (this.folded++ === 0) this.#onFold?.(names.text(contexts.metricId(contextId)), kind);
    return codeOf(contextId, kind);
  }
}
