import { ThreadStatsError } from '../diagnostics/errors.js';
import { describe } from '../model/text.js';

/** The system's clock, in POSIX milliseconds. `Date.now` is looked up at each call, because test runners replace it. */
export function systemClock(): number {
  return Date.now();
}

/**
 * The clock of the application, in POSIX milliseconds. When it throws or gives no finite number the system's clock stands
 * in for it, and the first time is reported.
 */
export function guardedClock(clock: () => number, onError: (error: Error) => void): () => number {
  let isReported = false;
  const standIn = (what: string): number => {
    if (!isReported) {
      isReported = true;
      const message = `The option \`clock\` ${what}; accepted are finite milliseconds. The system's clock stands in. Reported once`;
      onError(new ThreadStatsError('ERR_THREADSTATS_CLOCK', message));
    }
    return systemClock();
  };
  return () => {
    let milliseconds: unknown;
    try {
      milliseconds = clock();
    } catch {
      return standIn('threw');
    }
    return Number.isFinite(milliseconds) ? (milliseconds as number) : standIn(`gave ${describe(milliseconds)}`);
  };
}
