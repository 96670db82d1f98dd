// A flush's way: engine -> snapshot -> rows -> reporter.

import { setImmediate } from 'node:timers/promises';
import { publishFlush } from './channels.js';
import { describe } from './drops.js';
import type { Slice, Snapshot } from './engine/engine.js';
import { DeliveryError, ThreadStatsError } from './errors.js';
import type { EventAggregator } from './events.js';
import type { FlushResult } from './flush-result.js';
import { DISTRIBUTION, KIND_MASK } from './kinds.js';
import type { MetricsAggregator } from './metrics-aggregator.js';
import { type Outgoing, openReport, type Report, type SliceReporter } from './reporters/report.js';
import type { Reporter } from './reporters/reporter.js';
import type { RowContext } from './row-context.js';
import { RowReport } from './row-report.js';
import type { RowSeries } from './row-series.js';

/** What a flusher works with. */
export interface FlusherSettings {
  readonly metrics: MetricsAggregator;
  readonly events: EventAggregator;
  readonly reporter: Reporter;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly onError: (error: Error) => void;
}

/** Kept samples that one slice works through: well under a millisecond's worth. */
const SAMPLES_PER_SLICE = 8192;

/** After so long a flush lets the event loop do other work. */
const STRETCH_MILLISECONDS = 4;

/** Empties the aggregators into a reporter, one flush at a time. */
export class Flusher {
  readonly #settings: FlusherSettings;
  #isClosed = false;
  #last: Promise<FlushResult> = Promise.resolve({ metrics: 0, distributions: 0, events: 0, pending: 0 });
  flushes = 0;
  flushMilliseconds = 0;
  rowsSent = 0;
  rowsDropped = 0;

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
    const report = await this.#read(timestampSeconds);
    // At the same time: an intake that does not answer costs one timeout, not three.
    const [metrics, distributions, events] = await Promise.all([
      this.#handOver(report?.metrics),
      this.#handOver(report?.distributions),
      this.#handOver({ rows: eventRows.length, send: () => this.#openReporter().flushEvents(eventRows) }),
    ]);
    this.flushes++;
    const milliseconds = performance.now() - beginMilliseconds;
    this.flushMilliseconds += milliseconds;
    publishFlush({ metrics, distributions, events, pending: 0, milliseconds });
    return { metrics, distributions, events, pending: 0 };
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
   * Reads the snapshot in slices, so that the event loop is never held for long; what is recorded meanwhile is not in it.
   * Undefined when a report cannot be made of it; its rows then count as dropped.
   */
  async #read(timestampSeconds: number): Promise<Report | undefined> {
    const { metrics, reporter, seriesByKind, constantTags, device } = this.#settings;
    const { snapshot, orders } = metrics.takeSnapshot(timestampSeconds);
    const { contexts, flushIndex } = metrics.resolver;
    const context: RowContext = {
      contexts,
      seriesByKind,
      constantTags,
      device,
      intervalSeconds: metrics.rollUpIntervalSeconds,
      orders,
    };
    let rows = 0;
    let slice: Slice | undefined;
    try {
      const report =
        (takesSlices(reporter) && reporter[openReport](context)) || new RowReport(() => this.#openReporter(), context);
      if (snapshot.isEmpty && !contexts.isFull) return report;
      let stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
      for (slice = snapshot.read(SAMPLES_PER_SLICE); slice !== undefined; slice = snapshot.read(SAMPLES_PER_SLICE)) {
        report.add(slice);
        rows = report.metrics.rows + report.distributions.rows;
        contexts.markUsed(slice.codes, slice.length, flushIndex);
        if (performance.now() < stretchEndMilliseconds) continue;
        await setImmediate();
        stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
      }
      while (metrics.recycleIdle()) await setImmediate();
      return report;
    } catch (error) {
      this.rowsDropped += rows + this.#discard(slice, snapshot);
      this.#settings.onError(reporterError(error));
      return undefined;
    }
  }

  /** Reads a snapshot to its end, for only then does the engine have its memory back; gives the rows lost with the slices from this one on. */
  #discard(slice: Slice | undefined, snapshot: Snapshot): number {
    let rows = 0;
    for (let lost = slice ?? snapshot.read(SAMPLES_PER_SLICE); lost !== undefined; lost = snapshot.read(SAMPLES_PER_SLICE)) {
      for (let i = 0; i < lost.length; i++) {
        const kind = lost.codes[i] & KIND_MASK;
        rows += kind === DISTRIBUTION ? 1 : this.#settings.seriesByKind[kind].length;
      }
    }
    return rows;
  }

  /** Sends rows, and gives the number that was not lost. */
  async #handOver(outgoing: Outgoing | undefined): Promise<number> {
    if (outgoing === undefined || outgoing.rows === 0) return 0;
    const { rows } = outgoing;
    let sent = rows;
    try {
      await outgoing.send();
    } catch (error) {
      const failure = reporterError(error);
      sent = failure instanceof DeliveryError ? Math.min(Math.max(Math.trunc(failure.rowsSent) || 0, 0), rows) : 0;
      this.#settings.onError(failure);
    }
    this.rowsSent += sent;
    this.rowsDropped += rows - sent;
    return sent;
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
