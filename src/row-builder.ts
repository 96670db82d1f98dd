// A flush's way from the slices of a snapshot to rows.

import type { Contexts } from './contexts/contexts.js';
import type { Slice } from './engine/engine.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from './kinds.js';
import type { IntervalOrders } from './metrics-aggregator.js';
import { type RowSeries, rowValue } from './row-series.js';
import type { DistributionRow, MetricRow } from './rows.js';

/** What all rows of a flush have in common. */
export interface RowContext {
  readonly contexts: Contexts;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly intervalSeconds: number;
  /** The orders of tags in the intervals being reported; see MetricsAggregator. */
  readonly orders: ReadonlyMap<number, IntervalOrders>;
}

/** Turns slices into rows, for reporters that take rows. */
export class RowBuilder {
  readonly metrics: MetricRow[] = [];
  readonly distributions: DistributionRow[] = [];
  readonly #context: RowContext;
  /** The values of a distribution that goes on in the next slice. */
  #openValues: number[] | undefined;

  constructor(context: RowContext) {
    this.#context = context;
  }

  /** Adds the rows of a slice. */
  add(slice: Slice): void {
    const { startSeconds, length, codes, ends, values, continues } = slice;
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const code = codes[i];
      const end = ends[i];
      if ((code & KIND_MASK) === DISTRIBUTION) {
        const target = this.#openValues ?? this.#addDistribution(code >> KIND_BITS, startSeconds);
        for (let at = begin; at < end; at++) target.push(values[at]);
        this.#openValues = continues && i === length - 1 ? target : undefined;
      } else {
        this.#addMetrics(code, startSeconds, values, begin);
      }
      begin = end;
    }
  }

  #addMetrics(code: number, startSeconds: number, values: Float64Array, begin: number): void {
    const { contexts, seriesByKind, device, intervalSeconds } = this.#context;
    const contextId = code >> KIND_BITS;
    const name = contexts.name(contextId).text;
    const host = contexts.host(contextId);
    for (const series of seriesByKind[code & KIND_MASK]) {
      this.metrics.push({
        metric: name + series.suffix,
        points: [[startSeconds, rowValue(series, values, begin, intervalSeconds)]],
        type: series.type,
        host,
        device,
        tags: this.#tags(contextId, startSeconds),
        interval: intervalSeconds,
      });
    }
  }

  #addDistribution(contextId: number, startSeconds: number): number[] {
    const { contexts, device, intervalSeconds } = this.#context;
    const values: number[] = [];
    this.distributions.push({
      metric: contexts.name(contextId).text,
      points: [[startSeconds, values]],
      type: 'distribution',
      host: contexts.host(contextId),
      device,
      tags: this.#tags(contextId, startSeconds),
      interval: intervalSeconds,
    });
    return values;
  }

  /** A new array each time: the rows belong to the reporter, which may change them. */
  #tags(contextId: number, startSeconds: number): string[] {
    const { contexts, constantTags, orders } = this.#context;
    const { strings } = contexts.tags;
    const ids: number[] = [];
    const order = orders.get(startSeconds)?.get(contextId);
    if (order) ids.push(...order);
    else contexts.pushTagIds(contextId, ids);
    const tags = ids.map((id) => strings[id]);
    for (const tag of constantTags) tags.push(tag);
    return tags;
  }
}
