import type { Point } from '../model/rows.js';
import {
  type JsonObject,
  optionalInteger,
  optionalObject,
  optionalSeconds,
  optionalString,
  optionalStrings,
  refuse,
  requireArray,
  requireNonEmptyString,
  requireObject,
  withoutNulls,
} from './json-checks.js';
import type { ReceivedDistribution, ReceivedMetric, ReceivedRows } from './received-rows.js';

const DEVICE_TAG = 'device:';
/** Fields of v1 that may be null. */
const OPTIONAL_V1 = ['type', 'host', 'device', 'tags', 'interval'];
/** The codes of a metric's origin are integers of 32 bits, of which v2 accepts none above this. */
const MAX_ORIGIN = 1000;
const MIN_INT32 = -(2 ** 31);
const TYPES_V1: readonly unknown[] = ['gauge', 'rate', 'count'];
/** Indexed by the number that stands for the type in v2. */
const TYPES_V2: readonly ReceivedMetric['type'][] = ['unspecified', 'count', 'rate', 'gauge'];

function seriesOf(body: unknown): readonly unknown[] {
  return requireArray(requireObject(body, 'the body'), 'series', '');
}

/** Moves the last `device:` tag into the field `device`, unless that is given. */
function splitDevice(device: string | null, tags: string[]): { device: string | null; tags: string[] } {
  if (device !== null) return { device, tags };
  const index = tags.findLastIndex((tag) => tag.startsWith(DEVICE_TAG) && tag.length > DEVICE_TAG.length);
  if (index === -1) return { device, tags };
  return { device: tags[index].slice(DEVICE_TAG.length), tags: tags.toSpliced(index, 1) };
}

/** Checks a point of v1 or of a distribution, `[timestampSeconds, value]`. */
function requirePair(point: unknown, path: string): [unknown, unknown] {
  if (!Array.isArray(point) || point.length !== 2) return refuse(path, 'an array of a timestamp and a value', point);
  return point as [unknown, unknown];
}

/** Checks a timestamp of v1 or of a distribution, which may be fractional. */
function requireTimestamp(value: unknown, path: string): number {
  return Number.isFinite(value) ? (value as number) : refuse(path, 'a finite number of seconds', value);
}

function requireFinite(value: unknown, path: string): number {
  return Number.isFinite(value) ? (value as number) : refuse(path, 'a finite number', value);
}

/** Returns null for a point that is accepted and not kept, because its timestamp or its value is null. */
function parsePointV1(point: unknown, path: string): Point | null {
  const [timestamp, value] = requirePair(point, path);
  const timestampSeconds = timestamp === null ? null : requireTimestamp(timestamp, `${path}[0]`);
  const number = value === null ? null : requireFinite(value, `${path}[1]`);
  return timestampSeconds === null || number === null ? null : [timestampSeconds, number];
}

function parsePoints(row: JsonObject, path: string, parse: (point: unknown, path: string) => Point | null): Point[] {
  return requireArray(row, 'points', `${path}.`).flatMap((point, index) => {
    const parsed = parse(point, `${path}.points[${index}]`);
    return parsed === null ? [] : [parsed];
  });
}

function parseMetricV1(value: unknown, path: string): ReceivedMetric {
  const row = withoutNulls(requireObject(value, path), OPTIONAL_V1);
  const type = row.type === undefined || row.type === '' ? 'gauge' : row.type;
  if (!TYPES_V1.includes(type)) refuse(`${path}.type`, `'gauge', 'rate', 'count' or ''`, type);
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: parsePoints(row, path, parsePointV1),
    type: type as ReceivedMetric['type'],
    host: optionalString(row, 'host', `${path}.`),
    ...splitDevice(optionalString(row, 'device', `${path}.`), optionalStrings(row, 'tags', `${path}.`)),
    interval: optionalSeconds(row, 'interval', `${path}.`),
  };
}

/** Returns null for a point that is accepted and not kept, because it has no timestamp or no value. */
function parsePointV2(value: unknown, path: string): Point | null {
  const point = requireObject(value, path);
  const timestampSeconds = optionalInteger(point, 'timestamp', `${path}.`, 'an integer number of seconds');
  const number = point.value === undefined ? null : requireFinite(point.value, `${path}.value`);
  return timestampSeconds === null || number === null ? null : [timestampSeconds, number];
}

function parseResourcesV2(row: JsonObject, path: string): { name: string | null; type: string | null }[] {
  if (row.resources === undefined) return [];
  return requireArray(row, 'resources', `${path}.`).map((value, index) => {
    const resourcePath = `${path}.resources[${index}]`;
    const resource = requireObject(value, resourcePath);
    return {
      name: optionalString(resource, 'name', `${resourcePath}.`),
      type: optionalString(resource, 'type', `${resourcePath}.`),
    };
  });
}

/** Checks fields of v2 that no row shows. */
function checkMetadataV2(row: JsonObject, path: string): void {
  optionalString(row, 'unit', `${path}.`);
  optionalString(row, 'source_type_name', `${path}.`);
  const metadata = optionalObject(row, 'metadata', `${path}.`);
  const origin = metadata && optionalObject(metadata, 'origin', `${path}.metadata.`);
  if (!origin) return;
  for (const key of ['metric_type', 'product', 'service']) {
    const code = optionalInteger(origin, key, `${path}.metadata.origin.`);
    if (code !== null && (code < MIN_INT32 || code > MAX_ORIGIN)) {
      refuse(`${path}.metadata.origin.${key}`, `an integer of 32 bits and at most ${MAX_ORIGIN}`, code);
    }
  }
}

function parseMetricV2(value: unknown, path: string): ReceivedMetric {
  const row = requireObject(value, path);
  const { type: typeNumber = 0 } = row;
  const type = typeof typeNumber === 'number' ? TYPES_V2[typeNumber] : undefined;
  if (type === undefined) return refuse(`${path}.type`, 'an integer from 0 to 3', typeNumber);
  const resources = parseResourcesV2(row, path);
  const resourceName = (resourceType: string) => resources.find((resource) => resource.type === resourceType)?.name ?? null;
  checkMetadataV2(row, path);
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: parsePoints(row, path, parsePointV2),
    type,
    host: resourceName('host'),
    ...splitDevice(resourceName('device'), optionalStrings(row, 'tags', `${path}.`)),
    interval: optionalSeconds(row, 'interval', `${path}.`),
  };
}

function parseDistribution(value: unknown, path: string): ReceivedDistribution {
  const row = withoutNulls(requireObject(value, path), OPTIONAL_V1);
  if (row.type !== undefined && row.type !== 'distribution') refuse(`${path}.type`, `'distribution'`, row.type);
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: requireArray(row, 'points', `${path}.`).map((point, index) => {
      const pointPath = `${path}.points[${index}]`;
      const [timestamp, values] = requirePair(point, pointPath);
      const timestampSeconds = requireTimestamp(timestamp, `${pointPath}[0]`);
      if (!Array.isArray(values)) return refuse(`${pointPath}[1]`, 'an array of finite numbers', values);
      const wrong = values.findIndex((item) => !Number.isFinite(item));
      if (wrong !== -1) refuse(`${pointPath}[1][${wrong}]`, 'a finite number', values[wrong]);
      return [timestampSeconds, values as number[]];
    }),
    type: 'distribution',
    host: optionalString(row, 'host', `${path}.`),
    ...splitDevice(optionalString(row, 'device', `${path}.`), optionalStrings(row, 'tags', `${path}.`)),
    interval: optionalSeconds(row, 'interval', `${path}.`),
  };
}

/** Parses the body of `POST /api/v1/series`. */
export function parseSeriesV1(body: unknown): ReceivedRows {
  return { metrics: seriesOf(body).map((row, index) => parseMetricV1(row, `series[${index}]`)) };
}

/** Parses the body of `POST /api/v2/series`. */
export function parseSeriesV2(body: unknown): ReceivedRows {
  return { metrics: seriesOf(body).map((row, index) => parseMetricV2(row, `series[${index}]`)) };
}

/** Parses the body of `POST /api/v1/distribution_points`. */
export function parseDistributions(body: unknown): ReceivedRows {
  return { distributions: seriesOf(body).map((row, index) => parseDistribution(row, `series[${index}]`)) };
}
