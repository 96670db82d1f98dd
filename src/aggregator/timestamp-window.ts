// How far the timestamps that samples bring are from now.

import { ThreadStatsError } from '../diagnostics/errors.js';

/** Age, in seconds, from which on the intake may refuse a point. */
const OLD_SECONDS = 3600;

/** How far ahead of now, in seconds, from which on it may. */
const FUTURE_SECONDS = 600;

/** Counts samples whose points the intake may refuse for their time, and reports the first that is too old and the first that is too early. */
export class TimestampWindow {
  oldSamples = 0;
  futureSamples = 0;
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /** Looks at the timestamp of a sample that was recorded; `what` names it, for the report. */
  count(timestampSeconds: number, nowSeconds: number, what: () => string): void {
    const age = nowSeconds - timestampSeconds;
    if (age > OLD_SECONDS) {
      if (this.oldSamples++ === 0) this.#report('OLD', `${what()} is ${Math.round(age)} seconds old`, 'oldSamples');
    } else if (age < -FUTURE_SECONDS) {
      if (this.futureSamples++ === 0) this.#report('FUTURE', `${what()} is ${Math.round(-age)} seconds ahead`, 'futureSamples');
    }
  }

  #report(sort: 'OLD' | 'FUTURE', finding: string, counter: string): void {
    const limits = 'the intake takes points up to an hour old and ten minutes ahead, unless the account allows more';
    const message = `${finding}: ${limits}. It is sent all the same. Reported once; telemetry.${counter} counts all`;
    const code = sort === 'OLD' ? 'ERR_THREADSTATS_OLD_SAMPLE' : 'ERR_THREADSTATS_FUTURE_SAMPLE';
    this.#onError(new ThreadStatsError(code, message));
  }
}
