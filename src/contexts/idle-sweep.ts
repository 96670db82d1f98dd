// Which contexts are idle, found a few at a time.

import type { Resolver } from './resolver.js';

/** A context that no flush has reported for so many flushes is idle. */
const IDLE_FLUSHES = 6;

/** Contexts that one call looks at: to recycle so many takes a few milliseconds. */
const CONTEXTS_PER_SLICE = 4096;

/** Goes over the contexts, as many a flush that all have had their turn when the last is idle. */
export class IdleSweep {
  #position = 1;
  /** Contexts that are still to be looked at in this flush. */
  #left = 0;

  /**
   * Calls `onIdle` with those of the next slice that are idle.
   *
   * @returns Whether there is more to do in this flush. What is left out, the next flush does.
   */
  next({ contexts, flushIndex }: Resolver, onIdle: (contextId: number) => void): boolean {
    const end = contexts.idEnd;
    if (this.#left === 0) this.#left = Math.ceil(end / IDLE_FLUSHES);
    const count = Math.min(this.#left, CONTEXTS_PER_SLICE);
    this.#left -= count;
    for (let i = 0; i < count; i++) {
      if (this.#position >= end) this.#position = 1;
      const contextId = this.#position++;
      if (contexts.isLive(contextId) && flushIndex - contexts.lastUsed(contextId) >= IDLE_FLUSHES) onIdle(contextId);
    }
    return this.#left > 0;
  }
}
