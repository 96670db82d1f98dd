import type { RowCounts } from '../diagnostics/row-counts.js';
import type { EventRow } from '../model/rows.js';
import type { Reporter, ReporterTelemetry } from './reporter.js';
import type { RowContext } from './row-context.js';
import type { SliceSink } from './slice-sink.js';

/**
 * Implemented by our own reporters in addition to {@link Reporter}. Above all, it takes slices: making and reading an object for
 * each row would cost more than everything else in a flush.
 */
export interface SliceReporter {
  /** Names the intake and the account. It contains no key. */
  readonly account: string;
  /** Opens the sink of one flush. Returns undefined if the reporter wants rows after all. */
  openSink(context: RowContext): SliceSink | undefined;
  flushEvents(events: EventRow[]): Promise<void>;
  /** See {@link Reporter.drain}. `retriesRefused` is false where nobody will repair a refused key or a redirect. */
  drain(timeoutMilliseconds: number, retriesRefused?: boolean): Promise<void>;
  /** See {@link Reporter.close}. */
  close(): Promise<void>;
  /**
   * Aborts the requests in flight. Drops all rows that are left, or leaves them in the spool to other processes. Later flushes
   * are sent as before. Never rejects.
   */
  abandonPending(): Promise<void>;
  /** True if rows that are left at the end go to a spool, which takes some time. */
  readonly hasSpool: boolean;
  /** Receives failures that no flush waits for, because their rows were kept for a retry. */
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
