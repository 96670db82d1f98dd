import type { DistributionRow, MetricRow } from '../../../src/model/rows.js';

export function metric(row: Partial<MetricRow> = {}): MetricRow {
  return { metric: 'm', points: [[10, 1]], type: 'gauge', host: null, device: null, tags: [], interval: 10, ...row };
}

export function distribution(row: Partial<DistributionRow> = {}): DistributionRow {
  return { metric: 'd', points: [[10, [1, 2]]], type: 'distribution', host: null, device: null, tags: [], interval: 10, ...row };
}
