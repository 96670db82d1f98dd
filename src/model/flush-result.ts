/** The rows that a flush has delivered, and those that are pending. Rows that were dropped are in {@link Telemetry.rows}. */
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
