import type { Metric } from '../contexts/scope.js';
import type { RowSeries } from './row-series.js';

/** What an encoder asks of contexts, which may also live in another thread than theirs. */
export interface ContextStrings {
  metric(contextId: number): MetricStrings;
  /** What stands between the quotes of the host's JSON, empty for none. */
  hostJson(contextId: number): string;
  tagCount(contextId: number): number;
  /** The id of one of the context's tags, in its own order. */
  tagId(contextId: number, index: number): number;
  readonly tags: {
    /** What stands between the quotes of the tag's JSON. */
    json(tagId: number): string;
  };
}

export type MetricStrings = Pick<Metric, 'kind' | 'text' | 'json'>;

/** What all rows of a flush have in common. */
export interface RowContext {
  readonly contexts: ContextStrings;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly intervalSeconds: number;
}
