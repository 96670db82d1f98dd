// In which order the rows of an interval show their tags, where that is not the context's own.

/** The order in which a context's tags are shown in one interval, or null where it is the context's own. */
export type IntervalOrders = Map<number, readonly number[] | null>;

/** The orders of the open intervals. Only contexts whose tags came in more than one order are in there. */
export class TagOrders {
  /** By interval start. */
  readonly #orders = new Map<number, IntervalOrders>();

  /** Whether it is decided for a context. */
  has(startSeconds: number, contextId: number): boolean {
    return this.#orders.get(startSeconds)?.has(contextId) === true;
  }

  /** Decides it for a context. */
  set(startSeconds: number, contextId: number, order: readonly number[] | null): void {
    const orders = this.#orders.get(startSeconds);
    if (orders === undefined) this.#orders.set(startSeconds, new Map([[contextId, order]]));
    else orders.set(contextId, order);
  }

  /** Those of the intervals that start before `beforeSeconds`, by start; those before `keepFromSeconds` are forgotten. */
  take(beforeSeconds: number, keepFromSeconds: number): ReadonlyMap<number, IntervalOrders> {
    const taken = new Map<number, IntervalOrders>();
    for (const [startSeconds, orders] of this.#orders) {
      // Not `>=`: nothing is taken before NaN.
      if (!(startSeconds < beforeSeconds)) continue;
      taken.set(startSeconds, orders);
      if (startSeconds < keepFromSeconds) this.#orders.delete(startSeconds);
    }
    return taken;
  }

  /** Forgets a context that is recycled: an interval that is kept outlives the cells of its distributions. */
  forget(contextId: number): void {
    for (const orders of this.#orders.values()) orders.delete(contextId);
  }
}
