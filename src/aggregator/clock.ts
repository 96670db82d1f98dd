import { ThreadStatsError } from '../diagnostics/errors.js';
import { showValue } from '../model/text.js';

/** Returns the system's time in POSIX milliseconds. `Date.now` is looked up at each call, because test runners replace it. */
export function systemClock(): number {
  return Date.now();
}

/**
 * Returns the application's clock, in POSIX milliseconds, guarded: when it throws or returns no finite number, the system's clock
 * is used instead, and the first time is reported.
 */
export function guardedClock(clock: () => number, onError: (error: Error) => void): () => number {
  let isReported = false;
  const systemTime = (what: string): number => {
    if (!isReported) {
      isReported = true;
      const message = `The option \`clock\` ${what}; accepted are finite milliseconds. The system's clock is used. Reported once`;
      onError(new ThreadStatsError('ERR_THREADSTATS_CLOCK', message));
    }
    return systemClock();
  };
  return () => {
    let milliseconds: unknown;
    try {
      milliseconds = clock();
    } catch {
      return systemTime('threw');
    }
    return Number.isFinite(milliseconds) ? (milliseconds as number) : systemTime(`returned ${showValue(milliseconds)}`);
  };
}
