import type { MetricRow } from '../../model/rows.js';

/**
 * The JSON of one endpoint's series, in the pieces that a row is put together from: its name, then `type`, its
 * tags, `host`, `device`, `interval`, `point`, its value or values, and `close`. Arguments named `Json` are the inside of a JSON string. A
 * row reads the same as what encode-v2.ts, encode-v1.ts and encode-distributions.ts make of a row object.
 */
export interface SeriesFormat {
  /** Begins with the quote that ends the name. */
  type(type: MetricRow['type'] | 'distribution'): string;
  /** Only for a row that has one. */
  host(hostJson: string): string;
  /** Empty where the device is one of the tags. */
  device(deviceJson: string): string;
  interval(seconds: number): string;
  /** What comes before the value of the point. */
  point(timestampSeconds: number): string;
  /** Ends with the comma before the next row. */
  readonly close: string;
}

const TYPE_NUMBERS = { count: 1, rate: 2, gauge: 3, distribution: 0 } as const;

/** `POST /api/v2/series`. */
export const SERIES_V2: SeriesFormat = {
  type: (type) => `","type":${TYPE_NUMBERS[type]}`,
  host: (hostJson) => `,"resources":[{"type":"host","name":"${hostJson}"}]`,
  device: () => '',
  interval: (seconds) => `,"interval":${seconds}`,
  point: (timestampSeconds) => `,"points":[{"timestamp":${timestampSeconds},"value":`,
  close: '}]},',
};

/** `POST /api/v1/series`. */
export const SERIES_V1: SeriesFormat = {
  type: (type) => `","type":"${type}"`,
  host: (hostJson) => `,"host":"${hostJson}"`,
  device: (deviceJson) => `,"device":"${deviceJson}"`,
  interval: (seconds) => `,"interval":${seconds}`,
  point: (timestampSeconds) => `,"points":[[${timestampSeconds},`,
  close: ']]},',
};

/** `POST /api/v1/distribution_points`, which has no field for a device or an interval. */
export const DISTRIBUTIONS_V1: SeriesFormat = {
  type: (type) => `","type":"${type}"`,
  host: (hostJson) => `,"host":"${hostJson}"`,
  device: () => '',
  interval: () => '',
  point: (timestampSeconds) => `,"points":[[${timestampSeconds},[`,
  close: ']]]},',
};
