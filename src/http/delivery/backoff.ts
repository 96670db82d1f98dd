import type { IntakeError } from '../../diagnostics/errors.js';
import type { TimeSource } from '../time-source.js';

const BASE_MILLISECONDS = 1000;
/** Full jitter may give next to nothing. */
const LEAST_MILLISECONDS = 100;
const MAX_MILLISECONDS = 60_000;
/** A server may ask for years. */
const MAX_RETRY_AFTER_SECONDS = 300;
/** After so long an outage of the same kind is a new one, and is reported again. */
const REPORT_AGAIN_MILLISECONDS = 60_000;

/**
 * Milliseconds until the try after so many failures in a row: exponential backoff with full jitter, up to a minute
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 */
export function backoffMilliseconds(failures: number, time: TimeSource): number {
  const most = Math.min(MAX_MILLISECONDS, BASE_MILLISECONDS * 2 ** (failures - 1));
  return Math.max(LEAST_MILLISECONDS, time.random() * most);
}

/** What is known of a server or of one of its endpoints: whether it fails, and when it is worth another try. */
export class Backoff {
  readonly #time: TimeSource;
  /** In a row, those of requests that were under way together counted once. */
  failures = 0;
  /** When the next try is due, on the monotonic clock. */
  dueMilliseconds = Number.NEGATIVE_INFINITY;
  /** What it began to fail with: the same object until another kind of failure takes its place. */
  failure: IntakeError | undefined;
  #endedMilliseconds = Number.NEGATIVE_INFINITY;
  #isDueFixed = false;

  constructor(time: TimeSource) {
    this.#time = time;
  }

  get isFailing(): boolean {
    return this.failures > 0;
  }

  fail(failure: IntakeError): void {
    const now = this.#time.monotonicMilliseconds();
    const isNew = this.failures === 0 && now - this.#endedMilliseconds > REPORT_AGAIN_MILLISECONDS;
    if (isNew || this.failure?.code !== failure.code) this.failure = failure;
    this.failures++;
    const usual = backoffMilliseconds(this.failures, this.#time);
    const asked = askedMilliseconds(failure, this.#time);
    this.#isDueFixed = asked > 0;
    this.dueMilliseconds = now + Math.max(usual, asked);
  }

  succeed(): void {
    if (this.failures === 0) return;
    this.failures = 0;
    this.dueMilliseconds = Number.NEGATIVE_INFINITY;
    this.#endedMilliseconds = this.#time.monotonicMilliseconds();
  }

  /** Backs off from the beginning again, for little time is left. A wait that was asked for stays. */
  hasten(): void {
    if (this.failures === 0 || this.#isDueFixed) return;
    this.failures = 1;
    const soon = this.#time.monotonicMilliseconds() + backoffMilliseconds(1, this.#time);
    this.dueMilliseconds = Math.min(this.dueMilliseconds, soon);
  }
}

/** The wait that an answer asks for, with some jitter, so that not all clients come back at once; 0 for none. */
function askedMilliseconds({ statusCode = 0, retryAfterSeconds = 0 }: IntakeError, time: TimeSource): number {
  // A key is mended by people; so is what redirects.
  const isSlow = statusCode === 401 || statusCode === 403 || (statusCode > 0 && statusCode < 400);
  if (isSlow) return MAX_MILLISECONDS * (0.75 + time.random() / 2);
  return Math.min(retryAfterSeconds, MAX_RETRY_AFTER_SECONDS) * 1000 * (1 + time.random() / 10);
}
