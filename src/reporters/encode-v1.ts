import type { MetricRow } from '../rows.js';

/** The body of `POST /api/v1/series`. Timestamps and intervals are whole seconds there, so both are rounded (an interval up). */
export function encodeSeriesV1(rows: readonly MetricRow[]): string {
  return JSON.stringify({ series: rows.map(seriesOf) });
}

function seriesOf(row: MetricRow): object {
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
