import type { Contexts } from './contexts/contexts.js';
import type { IntervalOrders } from './metrics-aggregator.js';
import type { RowSeries } from './row-series.js';

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
