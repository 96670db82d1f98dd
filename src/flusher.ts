// A flush's way: engine -> snapshot -> rows -> reporter.

import { setImmediate } from 'node:timers/promises';
import { describe } from './drops.js';
import { DeliveryError, ThreadStatsError } from './errors.js';
import type { EventAggregator } from './events.js';
import type { MetricsAggregator } from './metrics-aggregator.js';
import { type Outgoing, openReport, type Report, type SliceReporter } from './reporters/report.js';
import type { Reporter } from './reporters/reporter.js';
import type { RowContext } from './row-context.js';
import { RowReport } from './row-report.js';
import type { RowSeries } from './row-series.js';

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
    const { reporter, events } = this.#settings;
    const eventRows = events.take();
    const report = await this.#read(timestampSeconds);
    const result: FlushResult = {
      metrics: await this.#handOver(report.metrics),
      distributions: await this.#handOver(report.distributions),
      events: await this.#handOver({ rows: eventRows.length, send: () => reporter.flushEvents(eventRows) }),
      pending: 0,
    };
    this.flushes++;
    this.flushMilliseconds += performance.now() - beginMilliseconds;
    return result;
  }

  /** Reads the snapshot in slices, so that the event loop is never held for long; what is recorded meanwhile is not in it. */
  async #read(timestampSeconds: number): Promise<Report> {
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
    const report = (takesSlices(reporter) && reporter[openReport](context)) || new RowReport(reporter, context);
    if (snapshot.isEmpty && !contexts.isFull) return report;
    let stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
    for (let slice = snapshot.read(SAMPLES_PER_SLICE); slice !== undefined; slice = snapshot.read(SAMPLES_PER_SLICE)) {
      report.add(slice);
      contexts.markUsed(slice.codes, slice.length, flushIndex);
      if (performance.now() < stretchEndMilliseconds) continue;
      await setImmediate();
      stretchEndMilliseconds = performance.now() + STRETCH_MILLISECONDS;
    }
    metrics.recycleIdle();
    return report;
  }

  /** Sends rows, and gives the number that was not lost. */
  async #handOver(outgoing: Outgoing): Promise<number> {
    const { rows } = outgoing;
    if (rows === 0) return 0;
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
