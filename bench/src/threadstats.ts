// The built package, imported by its name as in an application: install.mjs links it into node_modules.

export { type EngineName, type MetricRow, type Reporter, ThreadStats } from 'threadstats';
