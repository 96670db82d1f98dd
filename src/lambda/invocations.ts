// Tracks which wrapped handlers are running (their wrappers are open), and flushes when they end or reach their deadline.

import { MAX_TIMER_MILLISECONDS } from '../model/timestamps.js';
import { after, type Timeout } from '../runtime/real-timers.js';
import { waitAtMost } from '../runtime/wait-at-most.js';

/** Time before a deadline at which its flush starts. If less than twice this time remains, half of the rest is taken. */
const DEADLINE_MARGIN_MILLISECONDS = 500;

/** Time before a deadline at which a handler's outcome is handed over, even if the flush has not ended. */
const OUTCOME_MARGIN_MILLISECONDS = 100;

/** Longest time that an outcome waits for a flush. */
export const MAX_FLUSH_SECONDS = 3;

/**
 * Closes a wrapper, unless it is closed already. Resolves when everything is flushed, or the outcome must not wait any longer.
 * Never rejects.
 */
export type Close = () => Promise<void>;

/** The open wrappers of one Lambda context. Nested handlers have one each. */
interface Invocation {
  wrappers: number;
  deadline: Timeout | undefined;
}

/** Counts open wrappers, and flushes when the last one closes and when a deadline is near. */
export class Invocations {
  readonly #flush: () => Promise<unknown>;
  /** By Lambda context. A wrapper without a context has an object of its own as its key. */
  readonly #open = new Map<object, Invocation>();
  #lastFlush: Promise<unknown> = Promise.resolve();
  /** Outcomes that wait for a flush. */
  #waiting = 0;

  /** @param flush Sends everything. It must never reject. */
  constructor(flush: () => Promise<unknown>) {
    this.#flush = flush;
  }

  /** True if no wrapper is open. */
  get isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** True if an outcome waits for a flush. */
  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** @param context The Lambda context, which has the deadline. Undefined if there is none. */
  open(context: object = {}): Close {
    const invocation = this.#open.get(context) ?? this.#begin(context);
    invocation.wrappers++;
    let isOpen = true;
    return () => {
      if (isOpen) {
        isOpen = false;
        invocation.wrappers--;
        if (invocation.wrappers === 0) this.#end(context, invocation);
      }
      return this.#flushUnlessOpen(context);
    };
  }

  #begin(context: object): Invocation {
    const invocation: Invocation = { wrappers: 0, deadline: undefined };
    this.#open.set(context, invocation);
    const remaining = remainingMilliseconds(context);
    if (remaining <= MAX_TIMER_MILLISECONDS) {
      const delay = Math.max(remaining - DEADLINE_MARGIN_MILLISECONDS, remaining / 2);
      const flushAtDeadline = (): void => {
        // A handler that is cut off at its deadline never closes its wrapper, which must not keep the others from flushing.
        this.#end(context, invocation);
        this.#lastFlush = this.#flush();
      };
      invocation.deadline = after(delay, flushAtDeadline, false);
    }
    return invocation;
  }

  #end(context: object, invocation: Invocation): void {
    invocation.deadline?.clear();
    if (this.#open.get(context) === invocation) this.#open.delete(context);
  }

  /**
   * Closes all open wrappers without a flush. It is for the moment at which the event loop is empty: a handler that still waits
   * for its callback to be called would never close its wrapper.
   */
  abandon(): void {
    for (const [context, invocation] of this.#open) this.#end(context, invocation);
  }

  async #flushUnlessOpen(context: object): Promise<void> {
    if (this.#open.size > 0) return;
    // If a wrapper has opened while this flush waited for its turn, that wrapper will flush.
    this.#lastFlush = this.#lastFlush.then(() => (this.#open.size > 0 ? undefined : this.#flush()));
    const remaining = remainingMilliseconds(context) - OUTCOME_MARGIN_MILLISECONDS;
    this.#waiting++;
    await waitAtMost(Math.min(remaining, MAX_FLUSH_SECONDS * 1000), this.#lastFlush);
    this.#waiting--;
  }
}

/** Returns Infinity if the context has no deadline. */
function remainingMilliseconds(context: object): number {
  try {
    const remaining: unknown = (context as { getRemainingTimeInMillis(): unknown }).getRemainingTimeInMillis();
    return typeof remaining === 'number' && !Number.isNaN(remaining) ? remaining : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
