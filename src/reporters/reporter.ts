import type { RowCounts } from '../row-drops.js';
import type { DistributionRow, EventRow, MetricRow } from '../rows.js';

/**
 * Where the rows of a flush go. Its three methods are called in the order below without waiting for each other's promises,
 * so that a server that does not answer holds a flush up once; the next flush waits for all of them.
 * A method that throws or rejects has lost its rows, unless it threw a {@link DeliveryError}, which says how many
 * were sent all the same, or are kept for another try; the client counts the loss and hands the error to `onError`.
 * A method is not called when there is nothing for it.
 */
export interface Reporter {
  /** Takes gauges, rates and counts. The array and its rows belong to the reporter from here on. */
  flushMetrics(rows: MetricRow[]): void | Promise<void>;
  /** Takes distributions. The array and its rows belong to the reporter from here on. */
  flushDistributions(rows: DistributionRow[]): void | Promise<void>;
  /** Takes events. The array and its rows belong to the reporter from here on. */
  flushEvents(events: EventRow[]): void | Promise<void>;
  /**
   * Tries to send what it has kept; resolves when nothing is left that could be sent in so many milliseconds, or they are over.
   * Called before and after the last flush, by `stop()` and at the natural end of the process.
   */
  drain?(timeoutMilliseconds: number): void | Promise<void>;
  /** Releases connections, and gives up what is left. Called once, by `stop()`, after the last flush. */
  close?(): void | Promise<void>;
  /** Counters of what was sent, merged into the client's `telemetry`. */
  readonly telemetry?: ReporterTelemetry;
}

/** What a reporter has put on the wire since it was made. */
export interface ReporterTelemetry {
  /** Requests that the intake accepted. */
  readonly payloads: number;
  /** Bytes of the bodies of those requests, as sent (compressed). */
  readonly bytesSent: number;
  /** Requests sent once more after a failure. */
  readonly retries: number;
  /** Bytes of bodies, as sent, that wait for another try or are under way. */
  readonly queueBytes?: number;
  /** Bytes that the files in `spoolDirectory` take, those of other processes included, when it was last looked at. */
  readonly spoolBytes?: number;
  /**
   * What became of the rows it was given. A reporter that keeps rows for another try must tell; without this, the client counts
   * by what the methods above resolve and reject with.
   */
  readonly rows?: RowCounts;
}
