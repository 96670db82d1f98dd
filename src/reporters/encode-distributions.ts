import type { DistributionRow } from '../rows.js';
import { deviceTags } from './device-tags.js';

/** The body of `POST /api/v1/distribution_points`, which has no field for a device or an interval. */
export function encodeDistributions(rows: readonly DistributionRow[]): string {
  return JSON.stringify({ series: rows.map(seriesOf) });
}

function seriesOf(row: DistributionRow): object {
  return {
    metric: row.metric,
    type: row.type,
    points: row.points.map(([timestampSeconds, values]) => [Math.floor(timestampSeconds), values]),
    host: row.host ?? undefined,
    tags: deviceTags(row),
  };
}
