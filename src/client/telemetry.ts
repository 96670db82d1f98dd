import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import { type BillableSeries, billableSeries } from '../contexts/cardinality.js';
import { RowCounter, type RowCounts } from '../diagnostics/row-counts.js';
import type { DropReason, SampleDrops } from '../diagnostics/sample-drops.js';
import type { Flusher } from '../flush/flusher.js';
import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import type { RowSeries } from '../flush/row-series.js';

/**
 * Counts of what a client has done since it was constructed, as a snapshot. A client and its children share one telemetry.
 * A count that the reporter does not provide is 0.
 */
export interface Telemetry {
  /** Samples recorded or dropped: `applied`, plus all of `dropped` except events. */
  readonly samples: number;
  /** Samples that were rolled up. They include `folded`, `oldSamples` and `futureSamples`. */
  readonly applied: number;
  /** Samples that went to their metric's overflow context, because `maxContexts` was reached. */
  readonly folded: number;
  /** Samples whose `timestamp` was more than an hour ago. The intake refuses such points, unless the account allows them. */
  readonly oldSamples: number;
  /**
   * Samples whose `timestamp` was more than ten minutes ahead. The intake refuses such points, unless the account allows them.
   */
  readonly futureSamples: number;
  /** Samples and events that were not recorded, by reason. */
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Live contexts (combinations of kind, name, tags and host), without overflow contexts. */
  readonly contexts: number;
  /** Estimate of the custom metrics that Datadog bills for the live contexts. */
  readonly billableSeries: BillableSeries;
  /** Bytes of memory that the engine uses. */
  readonly engineBytes: number;
  /** Flushes that have ended, including those that had nothing to report. */
  readonly flushes: number;
  /** Duration of all flushes together, in milliseconds. Most of it is spent waiting for the intake. */
  readonly flushMilliseconds: number;
  /** Rows that were sent, are pending, or were dropped. */
  readonly rows: RowCounts;
  /** Requests that the intake accepted. */
  readonly payloads: number;
  /** Bytes of the bodies of accepted requests, as sent (compressed). */
  readonly bytesSent: number;
  /** Requests that repeated a failed one. */
  readonly retries: number;
  /** Bytes of the bodies, as sent, that wait for a retry or are in flight. */
  readonly queueBytes: number;
  /** Bytes of the files in `spoolDirectory`, including those of other processes, when it was last read. */
  readonly spoolBytes: number;
}

/**
 * @param flusher Undefined before the start, and for a disabled client.
 * @param reporter Undefined in the same cases.
 * @internal
 */
export function collectTelemetry(
  metrics: MetricsAggregator,
  drops: SampleDrops,
  seriesByKind: readonly (readonly RowSeries[])[],
  flusher: Flusher | undefined,
  reporter: Reporter | undefined,
): Telemetry {
  const { applied } = metrics;
  const { contexts } = metrics.resolver;
  const { payloads = 0, bytesSent = 0, retries = 0, queueBytes = 0, spoolBytes = 0, rows } = reporterTelemetry(reporter);
  return {
    samples: applied + drops.samples,
    applied,
    folded: metrics.resolver.folded,
    oldSamples: metrics.times.oldSamples,
    futureSamples: metrics.times.futureSamples,
    dropped: { ...drops.counts },
    contexts: contexts.size,
    billableSeries: billableSeries(contexts, seriesByKind),
    engineBytes: metrics.engine.memoryBytes,
    flushes: flusher?.flushes ?? 0,
    flushMilliseconds: flusher?.flushMilliseconds ?? 0,
    rows: (flusher?.rows ?? new RowCounter()).plus(rows),
    payloads,
    bytesSent,
    retries,
    queueBytes,
    spoolBytes,
  };
}

function reporterTelemetry(reporter: Reporter | undefined): Partial<ReporterTelemetry> {
  try {
    const telemetry = reporter?.telemetry;
    // Everything is copied here, because a getter of an application's reporter may throw.
    return { ...telemetry, rows: new RowCounter().plus(telemetry?.rows) };
  } catch {
    return {};
  }
}
