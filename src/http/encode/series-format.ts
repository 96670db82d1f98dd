import type { MetricRow } from '../../model/rows.js';
import { jsonText } from '../../model/text.js';

/**
 * The JSON of one endpoint's rows, in pieces. `encodeRow` puts them together for a row object; `SliceEncoder` does so for slices,
 * without row objects. A row is, in this order: ROW_OPEN, the name, `type`, TAGS_OPEN, the tags, `]`, `host`, `device`,
 * `interval`, POINTS_OPEN, its points (`point`, one or more values, `pointClose`) separated by commas, ROW_CLOSE. An
 * argument whose name ends in `Json` is the JSON of a string without its quotes.
 */
export interface SeriesFormat {
  /** Begins with the quote that ends the name. */
  type(type: MetricRow['type'] | 'distribution'): string;
  /** Used for rows that have a host. */
  host(hostJson: string): string;
  /** Used for rows that have a device. Undefined where the endpoint has no such field; the device is then a tag. */
  readonly device?: (deviceJson: string) => string;
  interval(seconds: number): string;
  /** Ends where the value follows, or the values, separated by commas. */
  point(timestampSeconds: number): string;
  readonly pointClose: string;
}

export const ROW_OPEN = '{"metric":"';
export const TAGS_OPEN = ',"tags":[';
export const POINTS_OPEN = ',"points":[';
export const ROW_CLOSE = ']}';

/** The intake's numbers for the types. */
const TYPE_NUMBERS = { count: 1, rate: 2, gauge: 3, distribution: 0 } as const;

/** `POST /api/v2/series`. The host is a resource. */
export const SERIES_V2: SeriesFormat = {
  type: (type) => `","type":${TYPE_NUMBERS[type]}`,
  host: (hostJson) => `,"resources":[{"type":"host","name":"${hostJson}"}]`,
  interval: (seconds) => `,"interval":${seconds}`,
  point: (timestampSeconds) => `{"timestamp":${timestampSeconds},"value":`,
  pointClose: '}',
};

/** `POST /api/v1/series`. */
export const SERIES_V1: SeriesFormat = {
  type: (type) => `","type":"${type}"`,
  host: (hostJson) => `,"host":"${hostJson}"`,
  device: (deviceJson) => `,"device":"${deviceJson}"`,
  interval: (seconds) => `,"interval":${seconds}`,
  point: (timestampSeconds) => `[${timestampSeconds},`,
  pointClose: ']',
};

/** `POST /api/v1/distribution_points`, which has no field for the interval. */
export const DISTRIBUTIONS_V1: SeriesFormat = {
  type: (type) => `","type":"${type}"`,
  host: (hostJson) => `,"host":"${hostJson}"`,
  interval: () => '',
  point: (timestampSeconds) => `[${timestampSeconds},[`,
  pointClose: ']]',
};

/** Returns the field of the device, empty where there is none. */
export function deviceField(device: string | null, format: SeriesFormat): string {
  return device === null || format.device === undefined ? '' : format.device(jsonText(device));
}

/** Adds the device to the tags where the format has no field for it. */
export function withDeviceTag(tags: readonly string[], device: string | null, format: SeriesFormat): readonly string[] {
  return device === null || format.device !== undefined ? tags : [...tags, `device:${device}`];
}
