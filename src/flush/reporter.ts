import type { RowCounts } from '../diagnostics/row-counts.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';

/**
 * Where the rows of a flush go. The methods are called in the order below without waiting for each other, and not when there is
 * nothing for them; the next flush waits for all. One that throws or rejects has lost its rows, unless it is a {@link DeliveryError},
 * which says how many were sent all the same, or are kept for another try; the loss is counted, and `onError` gets the error.
 */
export interface Reporter {
  /** Gauges, rates and counts. The array and its rows are the reporter's from here on, here and below. */
  flushMetrics(rows: MetricRow[]): void | Promise<void>;
  flushDistributions(rows: DistributionRow[]): void | Promise<void>;
  flushEvents(events: EventRow[]): void | Promise<void>;
  /**
   * Sends what it has kept; resolves when nothing is left that could be sent in this time, or it is over. Called before and after
   * the last flush, by `stop()` and at the natural end of the process.
   */
  drain?(timeoutMilliseconds: number): void | Promise<void>;
  /** Releases connections, and gives up what is left. Called once, by `stop()`, after the last flush. */
  close?(): void | Promise<void>;
  readonly telemetry?: ReporterTelemetry;
}

/** What a reporter has done since it was made, as in the client's {@link Telemetry}, which takes it over. */
export interface ReporterTelemetry {
  readonly payloads: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly queueBytes?: number;
  readonly spoolBytes?: number;
  /**
   * What became of the rows it was given. One that keeps rows for another try must tell; otherwise the client counts by what the
   * methods resolve and reject with.
   */
  readonly rows?: RowCounts;
}
