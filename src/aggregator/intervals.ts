/** Most starts that are remembered: more than there are intervals of one second within {@link MAX_STEP_SECONDS}. */
const MAX_STARTS = 1024;

/**
 * If a clock steps back by no more than this, samples are kept out of the intervals that were reported before. If the clock was
 * farther ahead, the intake has refused its points, so there is nothing to protect.
 */
const MAX_STEP_SECONDS = 600;

/**
 * Remembers which intervals were reported and forgotten, for clocks that step back. If samples opened such an interval again, the
 * server would keep only the later points, which would be those of the samples since the step.
 */
export class ReportedIntervals {
  /** Starts of the intervals that have samples without a timestamp and that no flush has taken yet. */
  readonly #open = new Set<number>();
  /** Starts of the intervals that were reported, the first reported first. */
  readonly #reported = new Set<number>();
  #askedSeconds = Number.NaN;
  #answerSeconds = Number.NaN;

  /**
   * Returns the start of the interval for a sample without a timestamp: the clock's interval, or the first after it that was not
   * reported.
   */
  firstOpen(startSeconds: number, lengthSeconds: number): number {
    if (startSeconds === this.#askedSeconds) return this.#answerSeconds;
    const lastStep = Math.floor(MAX_STEP_SECONDS / lengthSeconds);
    let step = 0;
    while (step <= lastStep && this.#reported.has(startSeconds + step * lengthSeconds)) step++;
    const answer = step <= lastStep ? startSeconds + step * lengthSeconds : startSeconds;
    this.#open.add(answer);
    this.#askedSeconds = startSeconds;
    this.#answerSeconds = answer;
    return answer;
  }

  /** Notes that a flush has taken the intervals that start before a time, and keeps none of them. NaN has no effect. */
  add(beforeSeconds: number): void {
    if (Number.isNaN(beforeSeconds)) return;
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
 * Returns the start of the interval that a timestamp belongs to: `t - t mod length`, with the mathematical modulo, which is right
 * for negative timestamps too (reference: metrics.py, MetricsAggregator.add_point). NaN and infinities are returned as they are.
 */
export function intervalStart(timestampSeconds: number, lengthSeconds: number): number {
  if (!Number.isFinite(timestampSeconds)) return timestampSeconds;
  const remainder = timestampSeconds % lengthSeconds;
  return timestampSeconds - (remainder < 0 ? remainder + lengthSeconds : remainder);
}
