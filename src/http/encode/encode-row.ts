import type { DistributionRow, MetricRow } from '../../model/rows.js';
import { jsonText } from '../../model/text.js';
import { deviceField, POINTS_OPEN, ROW_CLOSE, ROW_OPEN, type SeriesFormat, TAGS_OPEN, withDeviceTag } from './series-format.js';

/**
 * Encodes a row object whose values are finite. The endpoints take whole seconds only, so timestamps are rounded down, and the
 * interval is rounded up.
 */
export function encodeRow(row: MetricRow | DistributionRow, format: SeriesFormat): string {
  // Callers that are not type-checked may leave out the host, the device or the interval.
  const { metric, type, tags, interval } = row;
  const host = row.host ?? null;
  const device = row.device ?? null;
  return [
    ROW_OPEN,
    jsonText(metric),
    format.type(type),
    TAGS_OPEN,
    JSON.stringify(withDeviceTag(tags, device, format)).slice(1),
    host === null ? '' : format.host(jsonText(host)),
    deviceField(device, format),
    Number.isFinite(interval) ? format.interval(Math.ceil(interval)) : '',
    POINTS_OPEN,
    row.points.map(([seconds, value]) => `${format.point(Math.floor(seconds))}${value}${format.pointClose}`).join(),
    ROW_CLOSE,
  ].join('');
}
