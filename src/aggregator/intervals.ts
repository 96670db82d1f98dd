/** Starts that are remembered: all intervals of one second that lie within the step below, and some. */
const MAX_STARTS = 1024;

/**
 * How far a clock may step back, in seconds, for samples to be kept out of the intervals that it comes by again. What was
 * sent from farther ahead the intake has refused, and there is nothing to be kept from.
 */
const MAX_STEP_SECONDS = 600;

/**
 * Remembers which intervals were reported once they had ended, for clocks that step back: of an interval that is reported
 * twice, the server keeps what came last, which would be the samples since the step.
 */
export class ReportedIntervals {
  /** Starts of the intervals that samples without a timestamp went to and no flush has taken. */
  readonly #open = new Set<number>();
  /** Oldest first. */
  readonly #reported = new Set<number>();
  #askedSeconds = Number.NaN;
  #answerSeconds = Number.NaN;

  /** Start of the interval for samples of now, given the one that the clock says: that one, or the first after it that was not reported. */
  firstOpen(startSeconds: number, lengthSeconds: number): number {
    if (startSeconds === this.#askedSeconds) return this.#answerSeconds;
    let answer = startSeconds;
    while (this.#reported.has(answer)) answer += lengthSeconds;
    if (answer - startSeconds > MAX_STEP_SECONDS) answer = startSeconds;
    this.#open.add(answer);
    this.#askedSeconds = startSeconds;
    this.#answerSeconds = answer;
    return answer;
  }

  /** Notes that the intervals which start before that moment were taken by a flush. */
  add(beforeSeconds: number): void {
    for (const startSeconds of this.#open) {
      if (startSeconds >= beforeSeconds) continue;
      this.#open.delete(startSeconds);
      this.#reported.add(startSeconds);
    }
    for (const startSeconds of this.#reported) {
      if (this.#reported.size <= MAX_STARTS) break;
      this.#reported.delete(startSeconds);
    }
    this.#askedSeconds = Number.NaN;
  }
}

/**
 * Start of the interval that a moment belongs to: `t - t mod length`, the modulo being the mathematical one, so that it
 * is right below zero too (reference: metrics.py, MetricsAggregator.add_point). `Infinity` stays as it is.
 */
export function intervalStart(timestampSeconds: number, lengthSeconds: number): number {
  if (!Number.isFinite(timestampSeconds)) return timestampSeconds;
  const remainder = timestampSeconds % lengthSeconds;
  return timestampSeconds - (remainder < 0 ? remainder + lengthSeconds : remainder);
}
