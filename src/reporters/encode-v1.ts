import type { MetricRow } from '../rows.js';

/** A row as `POST /api/v1/series` takes it. Timestamps and intervals are whole seconds there, so both are rounded (an interval up). */
export function seriesV1Of(row: MetricRow): object {
  return {
    metric: row.metric,
    type: row.type,
    points: row.points.map(([timestampSeconds, value]) => [Math.floor(timestampSeconds), value]),
    host: row.host ?? undefined,
    device: row.device ?? undefined,
    tags: row.tags,
    interval: Math.ceil(row.interval),
  };
}
