import type { ContextStore } from '../contexts/context-store.js';
import type { Slice } from '../engine/engine.js';
import { DISTRIBUTION, KIND_BITS, KIND_MASK } from '../model/kinds.js';
import type { DistributionRow, MetricRow } from '../model/rows.js';
import type { Reporter } from './reporter.js';
import type { RowContext } from './row-context.js';
import { type RowSeries, rowValue } from './row-series.js';
import type { PendingRows, SliceSink } from './slice-sink.js';

/** A row context whose contexts live in this thread. */
export type OwnRowContext = RowContext & { readonly contexts: ContextStore };

/** Builds rows as objects, for reporters that do not take slices. */
export class RowBuilder implements SliceSink {
  readonly #reporter: () => Reporter;
  readonly #context: OwnRowContext;
  readonly #metrics: MetricRow[] = [];
  readonly #distributions: DistributionRow[] = [];
  #lastName = '';
  #lastSeries: readonly RowSeries[] = [];
  #lastNames: readonly string[] = [];
  /** The values of a distribution that continues in the next slice. */
  #openValues: number[] | undefined;

  /** @param reporter Returns the reporter once the rows are complete; may throw. */
  constructor(reporter: () => Reporter, context: OwnRowContext) {
    this.#reporter = reporter;
    this.#context = context;
  }

  get metrics(): PendingRows {
    return { rows: this.#metrics.length, send: () => this.#reporter().flushMetrics(this.#metrics) };
  }

  get distributions(): PendingRows {
    return { rows: this.#distributions.length, send: () => this.#reporter().flushDistributions(this.#distributions) };
  }

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
    const all = seriesByKind[code & KIND_MASK];
    const metrics = this.#namesOf(this.#nameOf(contextId), all);
    const host = contexts.host(contextId);
    const tags = this.#tags(contextId);
    for (let i = 0; i < all.length; i++) {
      const series = all[i];
      this.#metrics.push({
        metric: metrics[i],
        points: [[startSeconds, rowValue(series, values, begin, intervalSeconds)]],
        type: series.type,
        host,
        device,
        // Every row has an array of its own, because the reporter may change its rows.
        tags: i === 0 ? tags : tags.slice(),
        interval: intervalSeconds,
      });
    }
  }

  /** Returns the names of a metric's rows. Cells of the same metric often follow each other. */
  #namesOf(name: string, all: readonly RowSeries[]): readonly string[] {
    if (name !== this.#lastName || all !== this.#lastSeries) {
      this.#lastName = name;
      this.#lastSeries = all;
      this.#lastNames = all.map(({ suffix }) => name + suffix);
    }
    return this.#lastNames;
  }

  #nameOf(contextId: number): string {
    const { contexts } = this.#context;
    return contexts.names.text(contexts.metricId(contextId));
  }

  #addDistribution(contextId: number, startSeconds: number): number[] {
    const { contexts, device, intervalSeconds } = this.#context;
    const values: number[] = [];
    this.#distributions.push({
      metric: this.#nameOf(contextId),
      points: [[startSeconds, values]],
      type: 'distribution',
      host: contexts.host(contextId),
      device,
      tags: this.#tags(contextId),
      interval: intervalSeconds,
    });
    return values;
  }

  #tags(contextId: number): string[] {
    const { contexts, constantTags } = this.#context;
    const { strings } = contexts.tags;
    const count = contexts.tagCount(contextId);
    const tags: string[] = [];
    for (let i = 0; i < count; i++) tags.push(strings[contexts.tagId(contextId, i)]);
    for (let i = 0; i < constantTags.length; i++) tags.push(constantTags[i]);
    return tags;
  }
}
