import type { Resolver } from './resolver.js';

/** A context is idle if none of this many flushes has reported it. */
const IDLE_FLUSHES = 6;

/** Contexts that one call looks at. Recycling all of them takes about half a millisecond. */
const CONTEXTS_PER_SLICE = 256;

/** Finds idle contexts, a slice at a time. In IDLE_FLUSHES flushes it looks at every context once. */
export class IdleSweep {
  #position = 1;
  /** Contexts still to be looked at in this flush. */
  #left = 0;

  /**
   * Calls `onIdle` with the idle contexts of the next slice.
   *
   * @returns Whether this flush has more slices. If they are left out, the next flush goes on with them.
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
