// The package as npm gets it, which is what its users run.

export { type EngineName, type MetricRow, type Reporter, ThreadStats } from '../../build/package/index.js';
