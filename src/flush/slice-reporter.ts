import type { RowCounts } from '../diagnostics/row-counts.js';
import type { EventRow } from '../model/rows.js';
import type { Reporter, ReporterTelemetry } from './reporter.js';
import type { RowContext } from './row-context.js';
import type { SliceSink } from './slice-sink.js';

/**
 * What our own reporters can do beyond {@link Reporter}. Above all they take slices: making and reading an object for each row
 * would cost more than everything else in a flush.
 */
export interface SliceReporter {
  /** Opens the sink of one flush. Returns undefined if the reporter wants rows after all. */
  openSink(context: RowContext): SliceSink | undefined;
  flushEvents(events: EventRow[]): Promise<void>;
  /** See {@link Reporter.drain}. */
  drain(timeoutMilliseconds: number): Promise<void>;
  /** See {@link Reporter.close}. */
  close(): Promise<void>;
  /**
   * Drops all rows that are left, or leaves them in the spool to other processes, and aborts the requests in flight. Later
   * flushes are sent as before. Never rejects.
   */
  abandonPending(): Promise<void>;
  /** Loads what the first request needs, which takes a tenth of a second, before there is traffic. */
  preloadTransport(): void;
  /** Is called with failures for which no flush waits any more: those of rows that were kept for a retry. */
  set onBackgroundError(onError: (error: Error) => void);
  readonly telemetry: ReporterTelemetry & { readonly rows: RowCounts };
}

/**
 * The property under which a reporter offers its {@link SliceReporter}.
 * @internal
 */
export const sliceReporter = Symbol('threadstats.sliceReporter');

/** Returns the reporter's {@link SliceReporter}, or undefined for a reporter that only takes rows. */
export function sliceReporterOf(reporter: Reporter): SliceReporter | undefined {
  return (reporter as { readonly [sliceReporter]?: SliceReporter })[sliceReporter];
}
