/** The rows that a flush has delivered, and those that are pending. Dropped rows are counted in `telemetry.rows`. */
export interface FlushResult {
  /** Delivered rows of gauges, rates and counts. */
  metrics: number;
  /** Delivered rows of distributions. */
  distributions: number;
  /** Delivered events. */
  events: number;
  /** Rows that wait for a retry, because the intake could not be reached or failed (429, 5xx and the like). */
  pending: number;
}

/**
 * The result of a flush that had nothing to do.
 * @internal
 */
export const NOTHING_FLUSHED: Readonly<FlushResult> = Object.freeze({ metrics: 0, distributions: 0, events: 0, pending: 0 });
