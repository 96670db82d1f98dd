import { ThreadStatsError } from '../diagnostics/errors.js';

/** The intake may refuse points that are older than this. */
const OLD_SECONDS = 3600;

/** The intake may refuse points that are farther ahead of now than this. */
const FUTURE_SECONDS = 600;

/** The intake refuses events that are older than this. */
const OLD_EVENT_SECONDS = 18 * 3600;

/** The intake refuses events that are farther ahead of now than this. */
const FUTURE_EVENT_SECONDS = 2 * 3600;

/**
 * Counts samples whose points the intake may refuse because of their timestamp. Reports the first one that is too old and the
 * first one that is too far ahead. Does the same for events, but does not count them.
 */
export class TimestampWindow {
  oldSamples = 0;
  futureSamples = 0;
  #isEventReported = false;
  readonly #onError: (error: Error) => void;

  constructor(onError: (error: Error) => void) {
    this.#onError = onError;
  }

  /**
   * Checks the timestamp of a sample that was recorded.
   *
   * @param what Describes the sample for the error: "A counter sample of ...".
   */
  count(timestampSeconds: number, nowSeconds: number, what: () => string): void {
    const age = nowSeconds - timestampSeconds;
    if (age > OLD_SECONDS) {
      if (this.oldSamples++ === 0)
        this.#report('ERR_THREADSTATS_OLD_SAMPLE', `${what()} is ${Math.round(age)} seconds old`, 'oldSamples');
    } else if (age < -FUTURE_SECONDS) {
      if (this.futureSamples++ === 0)
        this.#report('ERR_THREADSTATS_FUTURE_SAMPLE', `${what()} is ${Math.round(-age)} seconds ahead`, 'futureSamples');
    }
  }

  /** Checks the date of an event that was accepted. */
  checkEvent(dateSeconds: number, nowSeconds: number): void {
    const age = nowSeconds - dateSeconds;
    if (this.#isEventReported || (age <= OLD_EVENT_SECONDS && age >= -FUTURE_EVENT_SECONDS)) return;
    this.#isEventReported = true;
    const finding = `An event is ${Math.round(Math.abs(age))} seconds ${age > 0 ? 'old' : 'ahead'}`;
    const limits = 'the intake refuses events that are more than 18 hours old or 2 hours ahead';
    const message = `${finding}: ${limits}. It is sent anyway. Reported once`;
    this.#onError(new ThreadStatsError('ERR_THREADSTATS_EVENT_DATE', message));
  }

  #report(code: string, finding: string, counter: string): void {
    const limits = 'the intake accepts points up to an hour old and ten minutes ahead, unless the account allows more';
    const message = `${finding}: ${limits}. It is sent anyway. Reported once; telemetry.${counter} counts all`;
    this.#onError(new ThreadStatsError(code, message));
  }
}
