// Which wrappers are open, and the flushes that their closing and their deadlines call for.

/** Least time between a flush and the deadline that calls for it; half of what remains when that is less. */
const DEADLINE_MARGIN_MILLISECONDS = 500;

/** So long before the deadline a handler's outcome is handed over, whatever has become of the flush. */
const OUTCOME_MARGIN_MILLISECONDS = 100;

/** Longest that an outcome waits for a flush. */
export const MAX_FLUSH_SECONDS = 3;

/** Longest delay that a timer takes. */
const MAX_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** Closes a wrapper, or does nothing if it is closed; resolves when what was recorded is flushed or may not hold anybody up any longer. Never rejects. */
export type Close = () => Promise<void>;

/** The open wrappers of one Lambda context: several when handlers are nested. */
interface Invocation {
  wrappers: number;
  deadline: NodeJS.Timeout | undefined;
}

/** Counts open wrappers, and flushes when the last one closes and when a deadline is near. */
export class Invocations {
  readonly #flush: () => Promise<unknown>;
  /** By context; that of a wrapper without one is an object of its own. */
  readonly #open = new Map<object, Invocation>();
  #lastFlush: Promise<unknown> = Promise.resolve();

  /** @param flush Sends everything that is held. It must never reject. */
  constructor(flush: () => Promise<unknown>) {
    this.#flush = flush;
  }

  /** @param context Whose deadline it has: undefined for none. */
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
      invocation.deadline = setTimeout(() => {
        // One that is cut off closes no more, and must not keep others from flushing.
        this.#end(context, invocation);
        this.#lastFlush = this.#flush();
      }, delay).unref();
    }
    return invocation;
  }

  #end(context: object, invocation: Invocation): void {
    clearTimeout(invocation.deadline);
    if (this.#open.get(context) === invocation) this.#open.delete(context);
  }

  /** Gives up all that are open, as the event loop has run empty under them: a callback that is never called closes nothing. */
  abandon(): void {
    for (const [context, invocation] of this.#open) this.#end(context, invocation);
  }

  async #flushUnlessOpen(context: object): Promise<void> {
    if (this.#open.size > 0) return;
    // Those that opened while it waited for its turn will flush.
    this.#lastFlush = this.#lastFlush.then(() => (this.#open.size > 0 ? undefined : this.#flush()));
    const remaining = remainingMilliseconds(context) - OUTCOME_MARGIN_MILLISECONDS;
    await within(Math.min(remaining, MAX_FLUSH_SECONDS * 1000), this.#lastFlush);
  }
}

/** Infinity when the context does not tell. */
function remainingMilliseconds(context: object): number {
  try {
    const remaining: unknown = (context as { getRemainingTimeInMillis(): unknown }).getRemainingTimeInMillis();
    return typeof remaining === 'number' && !Number.isNaN(remaining) ? remaining : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Waits for the promise, which never rejects, but no longer than that. */
function within(milliseconds: number, promise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, milliseconds);
    void promise.then(() => {
      clearTimeout(timeout);
      resolve();
    });
  });
}
