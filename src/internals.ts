// Parts of the client that benches and tests use in compiled form: see scripts/bundle.mjs. This file is not published.

export { createEngine } from './engine/create-engine.js';
export type { EngineName } from './engine/engine.js';
export { FIRST_PERCENTILE } from './engine/engine.js';
export { Spool } from './http/spool/spool.js';
export { HISTOGRAM, KIND_BITS, SET } from './model/kinds.js';
