import type { RowSeries } from './row-series.js';

/** The strings of contexts that an encoder needs. The contexts themselves may live in another thread. */
export interface ContextStrings {
  /** Returns the id of the context's metric. */
  metricId(contextId: number): number;
  readonly names: {
    /** Returns the metric's name as JSON without its quotes. */
    json(metricId: number): string;
  };
  /** Returns the host as JSON without its quotes; empty for none. */
  hostJson(contextId: number): string;
  tagCount(contextId: number): number;
  /** Returns the id of the context's tag at `index`, in the context's own order. */
  tagId(contextId: number, index: number): number;
  readonly tags: {
    /** Returns the tag as JSON without its quotes. */
    json(tagId: number): string;
  };
}

/** The data that all rows of a flush share. */
export interface RowContext {
  readonly contexts: ContextStrings;
  readonly seriesByKind: readonly (readonly RowSeries[])[];
  readonly constantTags: readonly string[];
  readonly device: string | null;
  readonly intervalSeconds: number;
  /** True if points of a later flush may replace those of this one. They must then reach the server later. Default: false. */
  readonly mayBeReplaced?: boolean;
}
