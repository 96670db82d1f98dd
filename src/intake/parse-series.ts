import {
  type JsonObject,
  optionalSeconds,
  optionalString,
  optionalStrings,
  refuse,
  requireArray,
  requireNonEmptyString,
  requireObject,
} from './json-checks.js';
import type { ReceivedDistribution, ReceivedMetric, ReceivedRows } from './received-rows.js';

const DEVICE_TAG = 'device:';
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

/** Checks a point of v1 or of a distribution, `[timestampSeconds, value]`. Its timestamp may be fractional. */
function requirePair(point: unknown, path: string): [number, unknown] {
  if (!Array.isArray(point) || point.length !== 2) return refuse(path, 'an array of a timestamp and a value', point);
  if (!Number.isFinite(point[0])) return refuse(`${path}[0]`, 'a finite number of seconds', point[0]);
  return point as [number, unknown];
}

function requireFinite(value: unknown, path: string, suffix: string): number {
  return Number.isFinite(value) ? (value as number) : refuse(`${path}${suffix}`, 'a finite number', value);
}

function parseMetricV1(value: unknown, path: string): ReceivedMetric {
  const row = requireObject(value, path);
  const type = row.type === undefined || row.type === '' ? 'gauge' : row.type;
  if (!TYPES_V1.includes(type)) refuse(`${path}.type`, `'gauge', 'rate', 'count' or ''`, type);
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: requireArray(row, 'points', `${path}.`).map((point, index) => {
      const [timestampSeconds, pointValue] = requirePair(point, `${path}.points[${index}]`);
      return [timestampSeconds, requireFinite(pointValue, `${path}.points[${index}]`, '[1]')];
    }),
    type: type as ReceivedMetric['type'],
    host: optionalString(row, 'host', `${path}.`),
    ...splitDevice(optionalString(row, 'device', `${path}.`), optionalStrings(row, 'tags', `${path}.`)),
    interval: optionalSeconds(row, 'interval', `${path}.`),
  };
}

function parsePointV2(value: unknown, path: string): [number, number] {
  const point = requireObject(value, path);
  if (!Number.isSafeInteger(point.timestamp)) refuse(`${path}.timestamp`, 'an integer number of seconds', point.timestamp);
  return [point.timestamp as number, requireFinite(point.value, path, '.value')];
}

function parseResourcesV2(row: JsonObject, path: string): { name: string; type: string }[] {
  if (row.resources === undefined) return [];
  return requireArray(row, 'resources', `${path}.`).map((value, index) => {
    const resourcePath = `${path}.resources[${index}]`;
    const { name, type } = requireObject(value, resourcePath);
    if (typeof name !== 'string') return refuse(`${resourcePath}.name`, 'a string', name);
    if (typeof type !== 'string') return refuse(`${resourcePath}.type`, 'a string', type);
    return { name, type };
  });
}

function parseMetricV2(value: unknown, path: string): ReceivedMetric {
  const row = requireObject(value, path);
  const { type: typeNumber = 0 } = row;
  const type = typeof typeNumber === 'number' ? TYPES_V2[typeNumber] : undefined;
  if (type === undefined) return refuse(`${path}.type`, 'an integer from 0 to 3', typeNumber);
  const resources = parseResourcesV2(row, path);
  const resourceName = (resourceType: string) => resources.find((resource) => resource.type === resourceType)?.name ?? null;
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: requireArray(row, 'points', `${path}.`).map((point, index) => parsePointV2(point, `${path}.points[${index}]`)),
    type,
    host: resourceName('host'),
    ...splitDevice(resourceName('device'), optionalStrings(row, 'tags', `${path}.`)),
    interval: optionalSeconds(row, 'interval', `${path}.`),
  };
}

function parseDistribution(value: unknown, path: string): ReceivedDistribution {
  const row = requireObject(value, path);
  if (row.type !== undefined && row.type !== 'distribution') refuse(`${path}.type`, `'distribution'`, row.type);
  return {
    metric: requireNonEmptyString(row, 'metric', `${path}.`),
    points: requireArray(row, 'points', `${path}.`).map((point, index) => {
      const pointPath = `${path}.points[${index}]`;
      const [timestampSeconds, values] = requirePair(point, pointPath);
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
