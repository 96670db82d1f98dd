/** What a flush did. */
export interface FlushResult {
  /** Rows of gauges, rates and counts that were handed over. */
  metrics: number;
  /** Rows of distributions that were handed over. */
  distributions: number;
  /** Events that were handed over. */
  events: number;
  /** Rows kept for another try because the intake could not be reached. */
  pending: number;
}
