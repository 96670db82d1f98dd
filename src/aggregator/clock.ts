import { ThreadStatsError } from '../diagnostics/errors.js';
import { showValue } from '../model/text.js';

/** A clock that never throws, and always returns a time. */
export interface Clock {
  /** Returns POSIX milliseconds: a finite number in the range of a Date. */
  readonly nowMilliseconds: () => number;
  /** Whether one reading is enough for an uninterrupted run of JavaScript. Otherwise the clock is read at every sample. */
  readonly isReadPerTurn: boolean;
}

/** The farthest that a Date may be from 1970. Beyond it, intervals cannot be told apart. */
const MAX_MILLISECONDS = 8.64e15;

/** The system's clock, whatever takes the place of `Date.now` later. */
const ownNow = Date.now;

/**
 * Guards the clock of the application, or else `Date.now`, which is looked up at each call, because test runners replace it. If it
 * throws or returns no time, the system's clock is used instead, and the first time is reported.
 */
export function openClock(option: (() => number) | undefined, onError: (error: Error) => void): Clock {
  const isReadPerTurn = option === undefined;
  const name = isReadPerTurn ? 'The function `Date.now`' : 'The option `clock`';
  const read = option ?? (() => Date.now());
  let isReported = false;
  const systemTime = (what: string): number => {
    if (!isReported) {
      isReported = true;
      const accepted = `accepted are milliseconds from -${MAX_MILLISECONDS} to ${MAX_MILLISECONDS}`;
      const message = `${name} ${what}; ${accepted}. The system's clock is used. Reported once`;
      onError(new ThreadStatsError('ERR_THREADSTATS_CLOCK', message));
    }
    const milliseconds: unknown = ownNow();
    // It may be a test runner's, too, if that was there first.
    return Number.isFinite(milliseconds) ? (milliseconds as number) : performance.timeOrigin + performance.now();
  };
  const nowMilliseconds = (): number => {
    let milliseconds: unknown;
    try {
      milliseconds = read();
    } catch {
      return systemTime('threw');
    }
    // NaN fails the comparison.
    if (typeof milliseconds === 'number' && Math.abs(milliseconds) <= MAX_MILLISECONDS) return milliseconds;
    return systemTime(`returned ${showValue(milliseconds)}`);
  };
  return { nowMilliseconds, isReadPerTurn };
}
