import type { DistributionRow, EventRow, MetricRow } from '../../model/rows.js';

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

/** A row's tags with its device among them, for the endpoints that have no field for a device. */
export function deviceTags(row: { readonly tags: string[]; readonly device: string | null }): string[] {
  return row.device === null ? row.tags : [...row.tags, `device:${row.device}`];
}

/** The body of `POST /api/v1/events`, which takes one event a request. Its row was cut to the intake's limits when it was recorded. */
export function encodeEvent(event: EventRow): string {
  return JSON.stringify(event);
}
