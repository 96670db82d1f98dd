// Parts of the client that benches and tests use in compiled form: see scripts/bundle.mjs. This file is not published.

export { createEngine } from './engine/create-engine.js';
export type { EngineName, Slice } from './engine/engine.js';
export { FIRST_PERCENTILE } from './engine/engine.js';
export type { ContextStrings, RowContext } from './flush/row-context.js';
export { type RowSeries, rowSeriesByKind, rowValue } from './flush/row-series.js';
export { BufferPool } from './http/encode/buffer-pool.js';
export { PayloadWriter } from './http/encode/payload-writer.js';
export { RowHeadCache } from './http/encode/row-head-cache.js';
export { SERIES_V1, SERIES_V2 } from './http/encode/series-format.js';
export { SliceEncoder } from './http/encode/slice-encoder.js';
export { TagCache } from './http/encode/tag-cache.js';
export { bodyTargetBytes, ENDPOINTS } from './http/endpoints.js';
export { Spool } from './http/spool/spool.js';
export { COUNTER, HISTOGRAM, KIND_BITS, KIND_MASK, SET } from './model/kinds.js';
