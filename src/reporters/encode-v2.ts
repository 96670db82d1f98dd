import type { MetricRow } from '../rows.js';
import { deviceTags } from './device-tags.js';

/** `POST /api/v2/series`: the intake's numbers for the types. */
const TYPE_NUMBERS = { count: 1, rate: 2, gauge: 3 } as const;

/**
 * A row as `POST /api/v2/series` takes it. The host goes into a resource and the device into a tag, because this version
 * has no field for either; timestamps and intervals are whole seconds there, so both are rounded (an interval up).
 */
export function seriesV2Of(row: MetricRow): object {
  return {
    metric: row.metric,
    type: TYPE_NUMBERS[row.type],
    points: row.points.map(([timestampSeconds, value]) => ({ timestamp: Math.floor(timestampSeconds), value })),
    resources: row.host === null ? undefined : [{ type: 'host', name: row.host }],
    tags: deviceTags(row),
    interval: Math.ceil(row.interval),
  };
}
