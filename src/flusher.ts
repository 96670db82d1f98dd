// A flush's way: engine -> snapshot -> rows -> reporter.

import { setImmediate } from 'node:timers/promises';
import { DeliveryError, ThreadStatsError } from './errors.js';
import type { EventAggregator } from './events.js';
import type { MetricsAggregator } from './metrics-aggregator.js';
import type { Reporter } from './reporters/reporter.js';
import { RowBuilder } from './row-builder.js';
import type { RowSeries } from './row-series.js';
import type { DistributionRow, EventRow, MetricRow } from './rows.js';

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

/** Kept samples that are worked through before other work gets its turn: about two milliseconds' worth. */
const SAMPLES_PER_SLICE = 20_000;

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
    const flush = this.#last.then(() => this.#flushNow(timestampSeconds));
    this.#last = flush;
    return flush;
  }

  /** The flush under way or done last. */
  settled(): Promise<FlushResult> {
    return this.#last;
  }

  async #flushNow(timestampSeconds: number): Promise<FlushResult> {
    const beginMilliseconds = performance.now();
    const { reporter, events } = this.#settings;
    const eventRows = events.take();
    const { metrics, distributions } = await this.#takeRows(timestampSeconds);
    const result: FlushResult = {
      metrics: await this.#handOver(metrics, (rows: MetricRow[]) => reporter.flushMetrics(rows)),
      distributions: await this.#handOver(distributions, (rows: DistributionRow[]) => reporter.flushDistributions(rows)),
      events: await this.#handOver(eventRows, (rows: EventRow[]) => reporter.flushEvents(rows)),
      pending: 0,
    };
    this.flushes++;
    this.flushMilliseconds += performance.now() - beginMilliseconds;
    return result;
  }

  /** Reads the snapshot in slices, so that the event loop is never held for long; what is recorded meanwhile is not in it. */
  async #takeRows(timestampSeconds: number): Promise<RowBuilder> {
    const { metrics, seriesByKind, constantTags, device } = this.#settings;
    const { snapshot, orders } = metrics.takeSnapshot(timestampSeconds);
    const { contexts } = metrics.resolver;
    const builder = new RowBuilder({
      contexts,
      seriesByKind,
      constantTags,
      device,
      intervalSeconds: metrics.rollUpIntervalSeconds,
      orders,
    });
    if (snapshot.isEmpty) return builder;
    const { flushIndex } = metrics.resolver;
    for (let slice = snapshot.read(SAMPLES_PER_SLICE); slice !== undefined; slice = snapshot.read(SAMPLES_PER_SLICE)) {
      builder.add(slice);
      contexts.markUsed(slice.codes, slice.length, flushIndex);
      await setImmediate();
    }
    metrics.recycleIdle();
    return builder;
  }

  /** Gives rows to the reporter, and the number that it did not lose. */
  async #handOver<Row>(rows: Row[], flush: (rows: Row[]) => void | Promise<void>): Promise<number> {
    const count = rows.length;
    if (count === 0) return 0;
    let sent = count;
    try {
      await flush(rows);
    } catch (error) {
      sent = error instanceof DeliveryError ? error.rowsSent : 0;
      this.#settings.onError(toError(error));
    }
    this.rowsSent += sent;
    this.rowsDropped += count - sent;
    return sent;
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new ThreadStatsError('ERR_THREADSTATS_REPORTER', `The reporter threw ${String(error)}`);
}
