/** What a flush did. */
export interface FlushResult {
  /** Rows of gauges, rates and counts that were delivered. */
  metrics: number;
  /** Rows of distributions that were. */
  distributions: number;
  /** Events that were. */
  events: number;
  /** Rows kept for another try: the intake could not be reached, or answered with 429, 5xx and the like. */
  pending: number;
}
