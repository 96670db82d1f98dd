import type { RowCounts } from '../diagnostics/row-counts.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';

/**
 * Receives the rows of each flush. A flush calls the first three methods in the order below. It calls a method only if it has
 * rows for it, and does not wait for one method before it calls the next. The next flush starts when all three have settled. If a
 * method throws or rejects, its rows count as dropped, and `onError` gets the error. Throw a {@link DeliveryError} if some of the
 * rows were sent, or are kept for a retry.
 */
export interface Reporter {
  /** Takes gauges, rates and counts. The array and its rows belong to the reporter from now on, as in the next two methods. */
  flushMetrics(rows: MetricRow[]): void | Promise<void>;
  flushDistributions(rows: DistributionRow[]): void | Promise<void>;
  flushEvents(events: EventRow[]): void | Promise<void>;
  /**
   * Sends the rows that the reporter has kept for a retry. Resolves when none is left that can be sent in this time, or when the
   * time is over. Called before and after the last flush, by `stop()` and at the natural end of the process.
   */
  drain?(timeoutMilliseconds: number): void | Promise<void>;
  /** Releases connections and drops the rows that are left. Called once, by `stop()`, after the last flush. */
  close?(): void | Promise<void>;
  readonly telemetry?: ReporterTelemetry | undefined;
}

/** Totals since the reporter was made. The client's {@link Telemetry} includes them. */
export interface ReporterTelemetry {
  readonly payloads: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly queueBytes?: number | undefined;
  readonly spoolBytes?: number | undefined;
  /**
   * Counts of the rows that the reporter was given. Required if the reporter keeps rows for a retry. Without it the client counts
   * rows by how the methods settle.
   */
  readonly rows?: RowCounts | undefined;
}
