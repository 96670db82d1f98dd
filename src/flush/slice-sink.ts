import type { Slice } from '../engine/engine.js';
import type { RowContext } from './row-context.js';

/** The two sorts of rows that a flush hands over from its slices. */
export type Part = 'metrics' | 'distributions';

/** Rows of one sort that are ready to leave. */
export interface PendingRows {
  /** Their number, those included that cannot be sent. */
  readonly rows: number;
  /** Sends them; a failure is thrown as by the methods of a {@link Reporter}. Called once, and only when there are rows. */
  send(): void | Promise<void>;
}

/** One flush on its way out. Slices are added as they are read from the engine, and what has been added is sent at the end. */
export interface SliceSink {
  /** Whether it takes raw slices, whose histograms and timings have kept samples in the place of percentiles. */
  readonly isRaw?: boolean;
  /** Rows that are on their way already, though not all has been added; none unless it says so. */
  readonly rowsGone?: number;
  /** Takes in the rows of a slice, whose columns are valid during the call only. */
  add(slice: Slice): void;
  readonly metrics: PendingRows;
  readonly distributions: PendingRows;
}

/**
 * A reporter's method that takes slices instead of rows, for one that has no use for rows as objects: making and reading
 * them would cost more than all else in a flush.
 */
export const openReport = Symbol('threadstats.openReport');

/** A reporter's method that breaks requests under way, and keeps their rows: nothing keeps the event loop busy then. */
export const abortRequests = Symbol('threadstats.interrupt');

/**
 * A reporter's method that gives up all rows that are left, or leaves them to other processes, and breaks the requests under way;
 * what is reported afterwards is sent as ever. It never rejects.
 */
export const abandonPending = Symbol('threadstats.giveUp');

/** A reporter's method that opens a connection before there are rows; `signal` gives that up. It never rejects. */
export const openConnection = Symbol('threadstats.warmUp');

/** A reporter's method that loads what its first request needs: that takes a tenth of a second, and not when traffic is at its height. */
export const preloadTransport = Symbol('threadstats.prepare');

/** A reporter that takes slices. */
export interface SliceReporter {
  /** Undefined when it wants rows after all. */
  [openReport](context: RowContext): SliceSink | undefined;
}

/**
 * A reporter's method that takes a callback for failures that come to light when no flush waits any more: those of rows that
 * were kept for another try.
 */
export const onBackgroundError = Symbol('threadstats.reportLater');

/** A reporter that keeps rows. */
export interface BackgroundErrorReporter {
  [onBackgroundError](onError: (error: Error) => void): void;
}
