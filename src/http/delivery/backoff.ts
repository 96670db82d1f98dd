import type { IntakeError } from '../../diagnostics/errors.js';
import type { TimeSource } from '../time-source.js';

const BASE_MILLISECONDS = 1000;
/** With full jitter, a random delay may be almost 0. */
const MIN_MILLISECONDS = 100;
const MAX_MILLISECONDS = 60_000;
/** A server may ask for years. */
const MAX_RETRY_AFTER_SECONDS = 300;
/** After this time without a failure, a failure of the same kind counts as a new outage, and is reported again. */
const REPORT_AGAIN_MILLISECONDS = 60_000;

/**
 * Returns the milliseconds until the next attempt, after a number of failures in a row: exponential backoff with full jitter, up
 * to a minute (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMilliseconds(failures: number, time: TimeSource): number {
  const max = Math.min(MAX_MILLISECONDS, BASE_MILLISECONDS * 2 ** (failures - 1));
  return Math.max(MIN_MILLISECONDS, time.random() * max);
}

/** The health of a server or of one of its endpoints: whether it fails, and when the next attempt is due. */
export class Backoff {
  readonly #time: TimeSource;
  /** Failures in a row. Requests that were in flight together and failed count once. */
  failures = 0;
  /** When the next attempt is due, on the monotonic clock. */
  dueMilliseconds = Number.NEGATIVE_INFINITY;
  /** The failure with which the outage began. It stays the same object until a failure of another kind replaces it. */
  failure: IntakeError | undefined;
  #endedMilliseconds = Number.NEGATIVE_INFINITY;
  /** When the server allows the next attempt, on the monotonic clock. */
  #allowedMilliseconds = Number.NEGATIVE_INFINITY;
  /** True if only a person can repair the last failure. */
  #needsPerson = false;

  constructor(time: TimeSource) {
    this.#time = time;
  }

  get isFailing(): boolean {
    return this.failures > 0;
  }

  /**
   * @param lastTryMilliseconds When the last attempt is due, if little time is left. Before that, the delay ends at this moment at
   *   the latest, unless the server asked for more.
   */
  fail(failure: IntakeError, lastTryMilliseconds?: number): void {
    const now = this.#time.monotonicMilliseconds();
    const isNew = this.failures === 0 && now - this.#endedMilliseconds > REPORT_AGAIN_MILLISECONDS;
    if (isNew || this.failure?.code !== failure.code) this.failure = failure;
    this.failures++;
    this.#allowedMilliseconds = now + requestedMilliseconds(failure, this.#time);
    this.#needsPerson = needsPerson(failure);
    const isSlow = this.#needsPerson && lastTryMilliseconds === undefined;
    const usual = isSlow ? slowMilliseconds(this.#time) : backoffMilliseconds(this.failures, this.#time);
    this.#setDue(now + usual, lastTryMilliseconds);
  }

  #setDue(dueMilliseconds: number, lastTryMilliseconds = Number.NEGATIVE_INFINITY): void {
    const isLate = this.#time.monotonicMilliseconds() >= lastTryMilliseconds;
    const due = isLate ? dueMilliseconds : Math.min(dueMilliseconds, lastTryMilliseconds);
    this.dueMilliseconds = Math.max(due, this.#allowedMilliseconds);
  }

  succeed(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.dueMilliseconds = Number.NEGATIVE_INFINITY;
    this.#endedMilliseconds = this.#time.monotonicMilliseconds();
  }

  /**
   * Starts the backoff over, because little time is left. A delay that the server asked for is kept.
   *
   * @param lastTryMilliseconds See {@link fail}.
   * @param retriesRefused False: a delay for a failure that only a person can repair is kept, too.
   */
  hasten(lastTryMilliseconds: number, retriesRefused: boolean): void {
    if (this.failures === 0 || (this.#needsPerson && !retriesRefused)) return;
    this.failures = 1;
    const soon = this.#time.monotonicMilliseconds() + backoffMilliseconds(1, this.#time);
    this.#setDue(Math.min(this.dueMilliseconds, soon), lastTryMilliseconds);
  }

  /** Makes the next attempt due now, unless the server asked for a longer delay. The failures in a row still count. */
  retryNow(): void {
    if (this.failures > 0) this.#setDue(this.#time.monotonicMilliseconds());
  }
}

/** True for a refused key and a redirect, which only a person can repair, so that there is no hurry. */
export function needsPerson({ statusCode = 0 }: IntakeError): boolean {
  return statusCode === 401 || statusCode === 403 || (statusCode > 0 && statusCode < 400);
}

function slowMilliseconds(time: TimeSource): number {
  return MAX_MILLISECONDS * (0.75 + time.random() / 2);
}

/** Returns the delay that a response asks for, with some jitter so that clients do not all come back at once; 0 for none. */
function requestedMilliseconds({ retryAfterSeconds = 0 }: IntakeError, time: TimeSource): number {
  return Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS) * 1000 * (1 + time.random() / 10);
}
