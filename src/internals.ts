// Parts of the client that benches, and tests that start processes, need in compiled form: see scripts/bundle.mjs. Not published.

export { createEngine } from './engine/choose.js';
export { FIRST_PERCENTILE } from './engine/engine.js';
export type { EngineName } from './engine/engine-name.js';
export { HISTOGRAM, KIND_BITS, SET } from './kinds.js';
export { Spool } from './reporters/spool.js';
