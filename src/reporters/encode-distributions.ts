import type { DistributionRow } from '../rows.js';
import { deviceTags } from './device-tags.js';

/** A row as `POST /api/v1/distribution_points` takes it, which has no field for a device or an interval. */
export function distributionOf(row: DistributionRow): object {
  return {
    metric: row.metric,
    type: row.type,
    points: row.points.map(([timestampSeconds, values]) => [Math.floor(timestampSeconds), values]),
    host: row.host ?? undefined,
    tags: deviceTags(row),
  };
}
