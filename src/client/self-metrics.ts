// The metrics that a client reports about itself.

import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import { createScope, type Scope } from '../contexts/scope.js';
import type { RowDropReason } from '../diagnostics/row-counts.js';
import type { DropReason } from '../diagnostics/sample-drops.js';
import { COUNTER, GAUGE, type Kind } from '../model/kinds.js';
import type { Telemetry } from './telemetry.js';

type Read = (telemetry: Telemetry) => number;

/** Current levels, recorded as gauges. */
const LEVELS: Record<string, Read> = {
  contexts: ({ contexts }) => contexts,
  engine_bytes: ({ engineBytes }) => engineBytes,
  queue_bytes: ({ queueBytes }) => queueBytes,
  'rows.pending': ({ rows }) => rows.pending,
};

/** Totals that only grow. Their growth since the last flush is recorded as counters. */
const TOTALS: Record<string, Read> = {
  flushes: ({ flushes }) => flushes,
  'rows.sent': ({ rows }) => rows.sent,
  payloads: ({ payloads }) => payloads,
  bytes_sent: ({ bytesSent }) => bytesSent,
  retries: ({ retries }) => retries,
};

/** Records a client's telemetry in the client itself, as metrics named `threadstats.*`. */
export class SelfMetrics {
  readonly #metrics: MetricsAggregator;
  readonly #scope: Scope;
  /** Returns the next value of each series. NaN means that nothing is recorded. */
  readonly #reads: Read[] = [];
  /** Codes of their contexts, which are made at the start, because later there may be no room for them. */
  readonly #codes: number[] = [];
  #samplesOfItsOwn = 0;

  /** The client must have started to record. */
  constructor(metrics: MetricsAggregator, { dropped, rows }: Telemetry) {
    this.#metrics = metrics;
    this.#scope = createScope('threadstats', [], undefined);
    metrics.beginTurn(COUNTER, 'threadstats');
    for (const [name, level] of Object.entries(LEVELS)) this.#add(GAUGE, name, level);
    for (const [name, total] of Object.entries(TOTALS)) this.#add(COUNTER, name, growthOf(total));
    const samples = growthOf((telemetry) => telemetry.samples - this.#samplesOfItsOwn);
    this.#add(COUNTER, 'samples', samples);
    const flushes = growthOf((telemetry) => telemetry.flushes);
    const milliseconds = growthOf((telemetry) => telemetry.flushMilliseconds);
    this.#add(GAUGE, 'flush_milliseconds', (telemetry) => milliseconds(telemetry) / flushes(telemetry));
    this.#addLoss('folded', (telemetry) => telemetry.folded);
    for (const reason of Object.keys(dropped) as DropReason[]) {
      this.#addLoss('dropped', (telemetry) => telemetry.dropped[reason], reason);
    }
    for (const reason of Object.keys(rows.dropped) as RowDropReason[]) {
      this.#addLoss('rows.dropped', (telemetry) => telemetry.rows.dropped[reason], reason);
    }
  }

  /** Adds a total that is recorded only when it has grown, because most losses never happen and each series is billed. */
  #addLoss(name: string, total: Read, reason?: string): void {
    const growth = growthOf(total);
    // The tag is normalised here, because the option `normalize` may be false.
    const tags = reason === undefined ? [] : [`reason:${reason.replace(/[A-Z]/g, '_$&').toLowerCase()}`];
    this.#add(COUNTER, name, (telemetry) => growth(telemetry) || Number.NaN, tags);
  }

  #add(kind: Kind, name: string, read: Read, tags: readonly string[] = []): void {
    const code = this.#metrics.resolve(this.#scope, kind, name, tags, undefined);
    if (code < 0) return;
    this.#reads.push(read);
    this.#codes.push(code);
  }

  /** Records what has changed since the last call. It does nothing after a stop. */
  record(telemetry: Telemetry): void {
    const metrics = this.#metrics;
    if (!metrics.beginTurn(COUNTER, 'threadstats')) return;
    const { contexts, flushIndex } = metrics.resolver;
    contexts.markUsed(Int32Array.from(this.#codes), this.#codes.length, flushIndex);
    const values = this.#reads.map((read) => read(telemetry));
    for (const [i, code] of this.#codes.entries()) {
      if (Number.isNaN(values[i])) continue;
      metrics.append(code, values[i]);
      this.#samplesOfItsOwn++;
    }
  }
}

/** Returns a function that returns how much a total has grown since the last call. */
function growthOf(total: Read): Read {
  let last = 0;
  return (telemetry) => {
    const growth = total(telemetry) - last;
    last += growth;
    return growth;
  };
}
