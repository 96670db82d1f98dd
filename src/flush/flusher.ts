// A flush's way: engine -> snapshot -> rows -> reporter.

import { setImmediate } from 'node:timers/promises';
import type { EventAggregator } from '../aggregator/event-aggregator.js';
import { publishFlush } from '../diagnostics/channels.js';
import { DeliveryError, ThreadStatsError } from '../diagnostics/errors.js';
import { RowCounter } from '../diagnostics/row-counts.js';
import type { FlushResult } from '../model/flush-result.js';
import type { EventRow } from '../model/rows.js';
import { describe } from '../model/text.js';
import type { Reporter } from './reporter.js';
import { type OwnRowContext, RowBuilder } from './row-builder.js';
import { openReport, type PendingRows, type SliceReporter, type SliceSink } from './slice-sink.js';
import { SnapshotReader, type SnapshotReaderSettings } from './snapshot-reader.js';

/** What a flusher works with. */
export interface FlusherSettings extends SnapshotReaderSettings {
  readonly events: EventAggregator;
  readonly reporter: Reporter;
  readonly onError: (error: Error) => void;
}

/** After so long a flush lets the event loop do other work. */
const STRETCH_MILLISECONDS = 2;
/** After so long, one whose slices are only copied: what takes the time is done elsewhere. */
const RAW_STRETCH_MILLISECONDS = 0.5;

/** What a flush has taken out and not yet handed over. */
interface UnderWay {
  readonly reading: SnapshotReader;
  readonly eventRows: EventRow[];
}

/** Empties the aggregators into a reporter, one flush at a time. */
export class Flusher {
  readonly #settings: FlusherSettings;
  #isClosed = false;
  #underWay: UnderWay | undefined;
  #last: Promise<FlushResult> = Promise.resolve({ metrics: 0, distributions: 0, events: 0, pending: 0 });
  flushes = 0;
  flushMilliseconds = 0;
  /** Rows of which the reporter does not tell, and those that it was never given. */
  readonly rows = new RowCounter();
  /** Failures that `onError` has heard of. */
  readonly #reported = new WeakSet<Error>();

  constructor(settings: FlusherSettings) {
    this.#settings = settings;
  }

  /** Reports every interval that ended at or before the moment (`Infinity`: all), and all events. Waits for its turn. Never rejects. */
  flush(timestampSeconds: number): Promise<FlushResult> {
    this.#last = this.#last
      .then(() => this.#flushNow(timestampSeconds))
      .catch((error) => {
        this.#settings.onError(reporterError(error));
        return { metrics: 0, distributions: 0, events: 0, pending: 0 };
      });
    return this.#last;
  }

  /** The flush under way or done last. */
  settled(): Promise<FlushResult> {
    return this.#last;
  }

  async #flushNow(timestampSeconds: number): Promise<FlushResult> {
    const beginMilliseconds = performance.now();
    const eventRows = this.#settings.events.take();
    const reading = new SnapshotReader(this.#settings, timestampSeconds);
    this.#underWay = { reading, eventRows };
    const report = await this.#read(reading);
    this.#underWay = undefined;
    // At the same time: an intake that does not answer costs one timeout, not three.
    const [metrics, distributions, events] = await Promise.all([
      this.#handOver(report?.metrics),
      this.#handOver(report?.distributions),
      this.#handOver({ rows: eventRows.length, send: () => this.#openReporter().flushEvents(eventRows) }),
    ]);
    this.flushes++;
    const milliseconds = performance.now() - beginMilliseconds;
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

  /** From here on the reporter is not called; the rows of what is still to be flushed count as dropped. */
  close(): void {
    this.#isClosed = true;
  }

  #openReporter(): Reporter {
    if (!this.#isClosed) return this.#settings.reporter;
    const message = 'The reporter was closed before the rows were handed over';
    throw new ThreadStatsError('ERR_THREADSTATS_REPORTER_CLOSED', message);
  }

  /**
   * Reads the snapshot in slices, so that the event loop is never held for long.
   * Undefined when a report cannot be made of it; its rows then count as dropped.
   */
  async #read(reading: SnapshotReader): Promise<SliceSink | undefined> {
    const { metrics } = this.#settings;
    const { contexts } = metrics.resolver;
    try {
      reading.open((context) => this.#openReport(context));
      if (reading.isEmpty && !contexts.isFull) return reading.report;
      const stretchMilliseconds = reading.report?.isRaw ? RAW_STRETCH_MILLISECONDS : STRETCH_MILLISECONDS;
      let stretchEndMilliseconds = performance.now() + stretchMilliseconds;
      while (reading.next()) {
        if (performance.now() < stretchEndMilliseconds) continue;
        await setImmediate();
        stretchEndMilliseconds = performance.now() + stretchMilliseconds;
      }
      while (metrics.recycleIdle()) await setImmediate();
      return reading.report;
    } catch (error) {
      return this.#discard(reading, error);
    }
  }

  #openReport(context: OwnRowContext): SliceSink {
    const { reporter } = this.#settings;
    return (takesSlices(reporter) && reporter[openReport](context)) || new RowBuilder(() => this.#openReporter(), context);
  }

  #discard(reading: SnapshotReader, error: unknown): undefined {
    this.rows.drop('reporter', reading.discard());
    this.#settings.onError(reporterError(error));
  }

  /**
   * Hands all that is left to the reporter at once, the rest of a flush that is being read included, and waits for nothing:
   * for the exit of the process, after which no promise settles.
   */
  handOverAtExit(): void {
    if (this.#isClosed) return;
    const { metrics, events } = this.#settings;
    const begun = this.#underWay;
    if (begun !== undefined) this.#handOverNow(begun);
    if (metrics.isEmpty && events.size === 0) return;
    this.#handOverNow({ reading: new SnapshotReader(this.#settings, Number.POSITIVE_INFINITY), eventRows: events.take() });
  }

  #handOverNow({ reading, eventRows }: UnderWay): void {
    try {
      if (reading.report === undefined) reading.open((context) => this.#openReport(context));
      while (reading.next());
      void this.#handOver(reading.report?.metrics);
      void this.#handOver(reading.report?.distributions);
    } catch (error) {
      this.#discard(reading, error);
    }
    void this.#handOver({ rows: eventRows.length, send: () => this.#openReporter().flushEvents(eventRows) });
  }

  /** Sends rows, and gives the numbers of those that were sent and that are kept for another try. */
  async #handOver(outgoing: PendingRows | undefined): Promise<{ sent: number; pending: number }> {
    if (outgoing === undefined || outgoing.rows === 0) return { sent: 0, pending: 0 };
    const { rows } = outgoing;
    const tells = tellsOfRows(this.#settings.reporter);
    if (!tells) this.rows.pending += rows;
    let sent = rows;
    let pending = 0;
    try {
      await outgoing.send();
    } catch (error) {
      const failure = reporterError(error);
      sent = 0;
      if (failure instanceof DeliveryError) {
        sent = clampRows(failure.rowsSent, rows);
        pending = clampRows(failure.rowsPending, rows - sent);
      }
      // What was thrown by anything but a reporter that tells, it knows nothing of.
      if (!tells || !(failure instanceof DeliveryError)) {
        const isClosed = this.#isClosed && !(failure instanceof DeliveryError);
        this.rows.drop(isClosed ? 'closed' : 'reporter', rows - sent - pending);
      }
      this.report(failure);
    }
    if (!tells) {
      this.rows.pending += pending - rows;
      this.rows.sent += sent;
    }
    return { sent, pending };
  }

  /** Hands an error to `onError`, but not the same outage over and over. */
  report(error: Error): void {
    if (error instanceof DeliveryError && error.rowsPending > 0 && error.rowsDropped === 0 && error.cause instanceof Error) {
      if (this.#reported.has(error.cause)) return;
      this.#reported.add(error.cause);
    }
    this.#settings.onError(error);
  }
}

function clampRows(rows: number, most: number): number {
  return Math.min(Math.max(Math.trunc(rows) || 0, 0), most);
}

/** Whether a reporter says itself what becomes of its rows. */
function tellsOfRows(reporter: Reporter): boolean {
  try {
    return reporter.telemetry?.rows !== undefined;
  } catch {
    return false;
  }
}

function takesSlices(reporter: Reporter): reporter is Reporter & SliceReporter {
  return openReport in reporter;
}

/** What a reporter threw, as an error. */
export function reporterError(error: unknown): Error {
  try {
    if (error instanceof Error) return error;
  } catch {
    // A proxy that hides its prototype.
  }
  return new ThreadStatsError('ERR_THREADSTATS_REPORTER', `The reporter threw ${describe(error)}`);
}
