// What the client records about itself.

import { COUNTER, GAUGE, type Kind } from './kinds.js';
import type { MetricsAggregator } from './metrics-aggregator.js';
import type { Telemetry } from './telemetry.js';

type Read = (telemetry: Telemetry) => number;

/** Levels, in gauges. */
const LEVELS: Record<string, Read> = {
  contexts: ({ contexts }) => contexts,
  engine_bytes: ({ engineBytes }) => engineBytes,
};

/** What only grows: its growth, in counters. */
const TOTALS: Record<string, Read> = {
  flushes: ({ flushes }) => flushes,
  'rows.sent': ({ rows }) => rows.sent,
  'rows.dropped': ({ rows }) => rows.dropped,
  payloads: ({ payloads }) => payloads,
  bytes_sent: ({ bytesSent }) => bytesSent,
  retries: ({ retries }) => retries,
};

/** Records a client's telemetry with the client itself, as `threadstats.*`. */
export class SelfMetrics {
  readonly #metrics: MetricsAggregator;
  readonly #host: string | undefined;
  /** What each series records next; NaN for nothing. */
  readonly #reads: Read[] = [];
  /** Codes of their contexts, which are held from the beginning: the application may take all others. 0 for none. */
  readonly #codes: number[] = [];
  #samplesOfItsOwn = 0;

  /** The client must record already. */
  constructor(metrics: MetricsAggregator, host: string | null, { dropped }: Telemetry) {
    this.#metrics = metrics;
    this.#host = host ?? undefined;
    metrics.makeCurrent();
    for (const [name, level] of Object.entries(LEVELS)) this.#add(GAUGE, name, level);
    for (const [name, total] of Object.entries(TOTALS)) this.#add(COUNTER, name, growthOf(total));
    const samples = growthOf((telemetry) => telemetry.samples - this.#samplesOfItsOwn);
    this.#add(COUNTER, 'samples', samples);
    const flushes = growthOf((telemetry) => telemetry.flushes);
    const milliseconds = growthOf((telemetry) => telemetry.flushMilliseconds);
    this.#add(GAUGE, 'flush_milliseconds', (telemetry) => milliseconds(telemetry) / flushes(telemetry));
    for (const reason of Object.keys(dropped) as (keyof typeof dropped)[]) {
      this.#addReason('dropped', reason, (telemetry) => telemetry.dropped[reason]);
    }
  }

  /** Drops for a reason, which are recorded only when there were any: most reasons never come, and each is a series more. */
  #addReason(name: string, reason: string, total: Read): void {
    const growth = growthOf(total);
    // As the server would spell it, whether or not the client normalises.
    const tag = `reason:${reason.replace(/[A-Z]/g, '_$&').toLowerCase()}`;
    this.#add(COUNTER, name, (telemetry) => growth(telemetry) || Number.NaN, [tag]);
  }

  #add(kind: Kind, name: string, read: Read, tags: readonly string[] = []): void {
    const { resolver } = this.#metrics;
    const scope = resolver.createScope('', [], this.#host);
    this.#reads.push(read);
    this.#codes.push(this.#metrics.resolve(scope, kind, `threadstats.${name}`, tags, undefined));
  }

  /** Records what has changed since the last call. */
  record(telemetry: Telemetry): void {
    const metrics = this.#metrics;
    if (!metrics.makeCurrent()) return;
    const { contexts, flushIndex } = metrics.resolver;
    contexts.markUsed(Int32Array.from(this.#codes), this.#codes.length, flushIndex);
    const values = this.#reads.map((read) => read(telemetry));
    for (const [i, code] of this.#codes.entries()) {
      if (code === 0 || Number.isNaN(values[i])) continue;
      metrics.append(code, values[i]);
      this.#samplesOfItsOwn++;
    }
  }
}

/** How much a total has grown from one call to the next. */
function growthOf(total: Read): Read {
  let last = 0;
  return (telemetry) => {
    const growth = total(telemetry) - last;
    last += growth;
    return growth;
  };
}
