import type { ReceivedDistribution, ReceivedMetric, ReceivedRows } from './received.js';
import {
  type JsonObject,
  optionalSeconds,
  optionalString,
  optionalStrings,
  refuse,
  requireArray,
  requireText,
  toObject,
} from './schema.js';

const DEVICE_TAG = 'device:';
const TYPES_V1: readonly unknown[] = ['gauge', 'rate', 'count'];
/** The index is the number that stands for the type in v2. */
const TYPES_V2: readonly ReceivedMetric['type'][] = ['unspecified', 'count', 'rate', 'gauge'];

function rowsOf(body: unknown): readonly unknown[] {
  return requireArray(toObject(body, 'the body'), 'series', '');
}

/** The device and the tags that remain: see `ReceivedMetric`. */
function splitDevice(device: string | null, tags: string[]): { device: string | null; tags: string[] } {
  if (device !== null) return { device, tags };
  const index = tags.findLastIndex((tag) => tag.startsWith(DEVICE_TAG) && tag.length > DEVICE_TAG.length);
  if (index === -1) return { device, tags };
  return { device: tags[index].slice(DEVICE_TAG.length), tags: tags.toSpliced(index, 1) };
}

/** A point of v1, `[timestampSeconds, something]`; the timestamp may be fractional there. */
function toPair(point: unknown, where: string): [number, unknown] {
  if (!Array.isArray(point) || point.length !== 2) return refuse(where, 'an array of a timestamp and a value', point);
  if (!Number.isFinite(point[0])) return refuse(`${where}[0]`, 'a finite number of seconds', point[0]);
  return point as [number, unknown];
}

function toValue(value: unknown, where: string, key: string): number {
  return Number.isFinite(value) ? (value as number) : refuse(`${where}${key}`, 'a finite number', value);
}

function metricV1(value: unknown, where: string): ReceivedMetric {
  const row = toObject(value, where);
  const type = row.type === undefined || row.type === '' ? 'gauge' : row.type;
  if (!TYPES_V1.includes(type)) refuse(`${where}.type`, `'gauge', 'rate', 'count' or ''`, type);
  return {
    metric: requireText(row, 'metric', `${where}.`),
    points: requireArray(row, 'points', `${where}.`).map((point, index) => {
      const [timestampSeconds, pointValue] = toPair(point, `${where}.points[${index}]`);
      return [timestampSeconds, toValue(pointValue, `${where}.points[${index}]`, '[1]')];
    }),
    type: type as ReceivedMetric['type'],
    host: optionalString(row, 'host', `${where}.`),
    ...splitDevice(optionalString(row, 'device', `${where}.`), optionalStrings(row, 'tags', `${where}.`)),
    interval: optionalSeconds(row, 'interval', `${where}.`),
  };
}

function pointV2(value: unknown, where: string): [number, number] {
  const point = toObject(value, where);
  if (!Number.isSafeInteger(point.timestamp)) refuse(`${where}.timestamp`, 'an integer number of seconds', point.timestamp);
  return [point.timestamp as number, toValue(point.value, where, '.value')];
}

function resourcesV2(row: JsonObject, where: string): { name: string; type: string }[] {
  if (row.resources === undefined) return [];
  return requireArray(row, 'resources', `${where}.`).map((value, index) => {
    const place = `${where}.resources[${index}]`;
    const { name, type } = toObject(value, place);
    if (typeof name !== 'string') return refuse(`${place}.name`, 'a string', name);
    if (typeof type !== 'string') return refuse(`${place}.type`, 'a string', type);
    return { name, type };
  });
}

function metricV2(value: unknown, where: string): ReceivedMetric {
  const row = toObject(value, where);
  const { type: typeNumber = 0 } = row;
  const type = typeof typeNumber === 'number' ? TYPES_V2[typeNumber] : undefined;
  if (type === undefined) return refuse(`${where}.type`, 'an integer from 0 to 3', typeNumber);
  const resources = resourcesV2(row, where);
  const nameOf = (wanted: string) => resources.find((resource) => resource.type === wanted)?.name ?? null;
  return {
    metric: requireText(row, 'metric', `${where}.`),
    points: requireArray(row, 'points', `${where}.`).map((point, index) => pointV2(point, `${where}.points[${index}]`)),
    type,
    host: nameOf('host'),
    ...splitDevice(nameOf('device'), optionalStrings(row, 'tags', `${where}.`)),
    interval: optionalSeconds(row, 'interval', `${where}.`),
  };
}

function distribution(value: unknown, where: string): ReceivedDistribution {
  const row = toObject(value, where);
  if (row.type !== undefined && row.type !== 'distribution') refuse(`${where}.type`, `'distribution'`, row.type);
  return {
    metric: requireText(row, 'metric', `${where}.`),
    points: requireArray(row, 'points', `${where}.`).map((point, index) => {
      const place = `${where}.points[${index}]`;
      const [timestampSeconds, values] = toPair(point, place);
      if (!Array.isArray(values)) return refuse(`${place}[1]`, 'an array of finite numbers', values);
      const wrong = values.findIndex((item) => !Number.isFinite(item));
      if (wrong !== -1) refuse(`${place}[1][${wrong}]`, 'a finite number', values[wrong]);
      return [timestampSeconds, values as number[]];
    }),
    type: 'distribution',
    host: optionalString(row, 'host', `${where}.`),
    ...splitDevice(optionalString(row, 'device', `${where}.`), optionalStrings(row, 'tags', `${where}.`)),
    interval: optionalSeconds(row, 'interval', `${where}.`),
  };
}

/** The body of `POST /api/v1/series`. */
export function parseSeriesV1(body: unknown): ReceivedRows {
  return { metrics: rowsOf(body).map((row, index) => metricV1(row, `series[${index}]`)) };
}

/** The body of `POST /api/v2/series`. */
export function parseSeriesV2(body: unknown): ReceivedRows {
  return { metrics: rowsOf(body).map((row, index) => metricV2(row, `series[${index}]`)) };
}

/** The body of `POST /api/v1/distribution_points`. */
export function parseDistributions(body: unknown): ReceivedRows {
  return { distributions: rowsOf(body).map((row, index) => distribution(row, `series[${index}]`)) };
}
