// A flush reads a snapshot of the aggregators, slice by slice, into a sink, and hands the rows that the sink makes to a reporter.
//
// This folder holds what every reporter needs for that, and the reporters that need nothing else. Its front door is the Flusher.
// A reporter implements Reporter, and our own ones offer a SliceReporter too. The folder may import model/, options/, runtime/,
// diagnostics/, contexts/, engine/ and aggregator/.

import type { EventAggregator } from '../aggregator/event-aggregator.js';
import { publishFlush } from '../diagnostics/channels.js';
import { isDeliveryError, isReadableError, ThreadStatsError } from '../diagnostics/errors.js';
import { RowCounter } from '../diagnostics/row-counts.js';
import { type FlushResult, NOTHING_FLUSHED } from '../model/flush-result.js';
import type { EventRow } from '../model/rows.js';
import { showValue } from '../model/text.js';
import { builtin } from '../runtime/builtin.js';
import { nowMilliseconds } from '../runtime/real-timers.js';
import { runInTimeSlices, TIME_SLICE_MILLISECONDS } from '../runtime/time-slice.js';
import type { Reporter } from './reporter.js';
import { ReporterCalls } from './reporter-calls.js';
import { type OwnRowContext, RowBuilder } from './row-builder.js';
import { sliceReporterOf } from './slice-reporter.js';
import type { PendingRows, SliceSink } from './slice-sink.js';
import { SnapshotReader, type SnapshotReaderSettings } from './snapshot-reader.js';
import { Writer } from './writer.js';

export interface FlusherSettings extends SnapshotReaderSettings {
  readonly events: EventAggregator;
  readonly reporter: Reporter;
  /** The client's host. Samples may have others. */
  readonly host: string | undefined;
  readonly onError: (error: Error) => void;
}

/** Raw slices are only copied here, so that shorter time slices cost nothing. */
const RAW_TIME_SLICE_MILLISECONDS = 0.5;

/** A flush that has not yet handed its rows to the reporter. */
interface FlushInProgress {
  readonly reader: SnapshotReader;
  readonly eventRows: EventRow[];
}

/** Empties the aggregators into a reporter, one flush at a time. */
export class Flusher {
  readonly #settings: FlusherSettings;
  readonly #writer: Writer;
  #isClosed = false;
  #inProgress: FlushInProgress | undefined;
  #lastFlush: Promise<FlushResult> = Promise.resolve({ ...NOTHING_FLUSHED });
  #lastHandedOver: Promise<void> = Promise.resolve();
  flushes = 0;
  flushMilliseconds = 0;
  /** Rows that the reporter does not count: all rows of a reporter without `telemetry.rows`, and rows that never reached it. */
  readonly rows = new RowCounter();
  readonly #calls = new ReporterCalls();
  /** The causes of outages that were passed to `onError`. */
  readonly #reportedCauses = new WeakSet<Error>();

  constructor(settings: FlusherSettings) {
    this.#settings = settings;
    const { reporter, host, device, constantTags, metrics, onError } = settings;
    const target = sliceReporterOf(reporter)?.account ?? reporter;
    this.#writer = new Writer({ target, host, device, constantTags }, metrics.resolver.contexts, onError);
  }

  /**
   * Flushes all intervals that ended at or before `timestampSeconds` (`Infinity`: all intervals), and all events. Waits until
   * earlier flushes have ended. Never rejects.
   */
  flush(timestampSeconds: number): Promise<FlushResult> {
    let onHandedOver = (): void => {};
    this.#lastHandedOver = new Promise((resolve) => {
      onHandedOver = resolve;
    });
    this.#lastFlush = this.#lastFlush
      .then(() => this.#flushNow(timestampSeconds, onHandedOver))
      .catch((error) => {
        onHandedOver();
        this.#settings.onError(reporterError(error));
        return { ...NOTHING_FLUSHED };
      });
    return this.#lastFlush;
  }

  /** Whether the reporter, in the middle of a flush, has led to this moment. It must not wait for another flush. */
  get isCalledByReporter(): boolean {
    return this.#calls.isInside;
  }

  /** Resolves when the last flush has ended. */
  settled(): Promise<FlushResult> {
    return this.#lastFlush;
  }

  /** Resolves when the last flush has called the reporter with all its rows. */
  handedOver(): Promise<void> {
    return this.#lastHandedOver;
  }

  async #flushNow(timestampSeconds: number, onHandedOver: () => void): Promise<FlushResult> {
    const beginMilliseconds = nowMilliseconds();
    const eventRows = this.#settings.events.take();
    const reader = new SnapshotReader(this.#settings, this.#writer, timestampSeconds);
    this.#inProgress = { reader, eventRows };
    const sink = await this.#read(reader);
    // Its rows were dropped meanwhile: see dropRest.
    if (this.#inProgress?.reader !== reader) {
      onHandedOver();
      return { ...NOTHING_FLUSHED };
    }
    this.#inProgress = undefined;
    // All at once, so that an intake that does not respond costs one timeout instead of three.
    const outcomes = [
      this.#handOver(sink?.metrics),
      this.#handOver(sink?.distributions),
      this.#handOver({ rows: eventRows.length, send: () => this.#openReporter().flushEvents(eventRows) }),
    ];
    onHandedOver();
    const [metrics, distributions, events] = await Promise.all(outcomes);
    this.flushes++;
    const milliseconds = nowMilliseconds() - beginMilliseconds;
    this.flushMilliseconds += milliseconds;
    const result = {
      metrics: metrics.sent,
      distributions: distributions.sent,
      events: events.sent,
      pending: metrics.pending + distributions.pending + events.pending,
    };
    publishFlush({ ...result, milliseconds });
    return result;
  }

  /** Lets the next client have the rest of the current interval. Is called when the client stops, before its last flush. */
  endWriting(): void {
    this.#writer.end();
  }

  /** Stops calling the reporter. Rows that are flushed later count as dropped. */
  close(): void {
    this.#isClosed = true;
  }

  #openReporter(): Reporter {
    if (!this.#isClosed) return this.#settings.reporter;
    const message = 'The reporter was closed before the rows were handed over';
    throw new ThreadStatsError('ERR_THREADSTATS_REPORTER_CLOSED', message);
  }

  /**
   * Reads the snapshot in time slices, so that the event loop is never blocked for long. Returns undefined after a failure; the
   * rows then count as dropped.
   */
  async #read(reader: SnapshotReader): Promise<SliceSink | undefined> {
    const { metrics } = this.#settings;
    try {
      const sink = reader.open((context) => this.#openSink(context));
      if (reader.isEmpty && !metrics.resolver.contexts.isFull) return sink;
      await runInTimeSlices(sink.isRaw ? RAW_TIME_SLICE_MILLISECONDS : TIME_SLICE_MILLISECONDS, () => reader.next());
      await runInTimeSlices(TIME_SLICE_MILLISECONDS, () => metrics.recycleIdle());
      return sink;
    } catch (error) {
      return this.#discard(reader, error);
    }
  }

  #openSink(context: OwnRowContext): SliceSink {
    return sliceReporterOf(this.#settings.reporter)?.openSink(context) ?? new RowBuilder(() => this.#openReporter(), context);
  }

  #discard(reader: SnapshotReader, error: unknown): undefined {
    this.rows.drop('reporter', reader.discard());
    this.#settings.onError(reporterError(error));
  }

  /**
   * Hands everything that is left to the reporter at once, including the rest of a flush in progress, and waits for nothing:
   * after the exit of the process no promise settles.
   */
  handOverAtExit(): void {
    if (this.#isClosed) return;
    const { metrics, events } = this.#settings;
    const inProgress = this.#inProgress;
    // It may be called again, by the last listener of the exit.
    this.#inProgress = undefined;
    if (inProgress !== undefined) this.#handOverNow(inProgress);
    if (metrics.isEmpty && events.size === 0) return;
    this.#handOverNow({
      reader: new SnapshotReader(this.#settings, this.#writer, Number.POSITIVE_INFINITY),
      eventRows: events.take(),
    });
  }

  #handOverNow({ reader, eventRows }: FlushInProgress): void {
    try {
      const sink = reader.sink ?? reader.open((context) => this.#openSink(context));
      while (reader.next());
      void this.#handOver(sink.metrics);
      void this.#handOver(sink.distributions);
    } catch (error) {
      this.#discard(reader, error);
    }
    void this.#handOver({ rows: eventRows.length, send: () => this.#openReporter().flushEvents(eventRows) });
  }

  /**
   * Drops everything that was not handed to the reporter, including the rest of a flush in progress, because no flush will come
   * any more. Returns the number of rows.
   */
  dropRest(): number {
    const { metrics, events } = this.#settings;
    let rows = events.take().length;
    if (this.#inProgress !== undefined) rows += this.#inProgress.reader.discard() + this.#inProgress.eventRows.length;
    this.#inProgress = undefined;
    if (!metrics.isEmpty) rows += new SnapshotReader(this.#settings, this.#writer, Number.POSITIVE_INFINITY).discard();
    this.rows.drop('closed', rows);
    return rows;
  }

  /** Sends rows. Returns how many of them were sent, and how many are kept for a retry. */
  async #handOver(pendingRows: PendingRows | undefined): Promise<{ sent: number; pending: number }> {
    if (pendingRows === undefined || pendingRows.rows === 0) return { sent: 0, pending: 0 };
    const { rows } = pendingRows;
    const isCounted = countsItsRows(this.#settings.reporter);
    if (!isCounted) this.rows.pending += rows;
    let sent = rows;
    let pending = 0;
    let failure: Error | undefined;
    try {
      // Our own reporters call nothing of the application that could flush.
      if (sliceReporterOf(this.#settings.reporter) !== undefined) await pendingRows.send();
      else await this.#calls.run(() => pendingRows.send());
    } catch (error) {
      failure = reporterError(error);
      sent = 0;
      if (isDeliveryError(failure)) {
        sent = clampRows(failure.rowsSent, rows);
        pending = clampRows(failure.rowsPending, rows - sent);
      }
      // A reporter that counts its rows covers its own DeliveryErrors, but no other error.
      if (!isCounted || !isDeliveryError(failure)) {
        const isClosed = this.#isClosed && !isDeliveryError(failure);
        this.rows.drop(isClosed ? 'closed' : 'reporter', rows - sent - pending);
      }
    }
    if (!isCounted) {
      this.rows.pending += pending - rows;
      this.rows.sent += sent;
    }
    if (failure !== undefined) this.reportError(failure);
    return { sent, pending };
  }

  /** Passes an error to `onError`. An outage is reported once, and again whenever rows are dropped. */
  reportError(error: Error): void {
    if (isDeliveryError(error) && error.rowsPending > 0 && error.rowsDropped === 0 && error.cause instanceof Error) {
      if (this.#reportedCauses.has(error.cause)) return;
      this.#reportedCauses.add(error.cause);
    }
    this.#settings.onError(error);
  }
}

function clampRows(rows: number, most: number): number {
  return Math.min(Math.max(Math.trunc(rows) || 0, 0), most);
}

/** True if the reporter counts its rows itself. */
function countsItsRows(reporter: Reporter): boolean {
  try {
    return reporter.telemetry?.rows !== undefined;
  } catch {
    return false;
  }
}

/** Returns the thrown value if it is an error that can be read, and otherwise an error that describes it. */
export function reporterError(error: unknown): Error {
  try {
    // An error of another realm (`node:vm`, Jest), which `onError` would not recognise either.
    if (builtin('node:util').types.isNativeError(error) && !(error instanceof Error)) {
      const message = `The reporter threw ${showValue((error as Error).message)}`;
      return new ThreadStatsError('ERR_THREADSTATS_REPORTER', message, { cause: error });
    }
  } catch {
    // A proxy that throws in getPrototypeOf, or a getter.
  }
  if (isReadableError(error)) return error;
  return new ThreadStatsError('ERR_THREADSTATS_REPORTER', `The reporter threw ${showValue(error)}`);
}
