import { describe, expect, test } from 'vitest';
import { encodeRow } from '../../../src/http/encode/encode-row.js';
import { DISTRIBUTIONS_V1, SERIES_V1, SERIES_V2 } from '../../../src/http/encode/series-format.js';
import type { DistributionRow, MetricRow } from '../../../src/model/rows.js';
import { distribution, metric } from '../support/rows.js';

const FULL = { points: [[10.9, -0.5]] as [number, number][], host: 'web-1', device: 'sda', tags: ['env:prod', 'ünï:cödé'] };

const seriesV2 = (row: MetricRow): unknown => JSON.parse(encodeRow(row, SERIES_V2));
const seriesV1 = (row: MetricRow): unknown => JSON.parse(encodeRow(row, SERIES_V1));
const distributionV1 = (row: DistributionRow): unknown => JSON.parse(encodeRow(row, DISTRIBUTIONS_V1));

describe('a row for series v2', () => {
  test.each([
    ['count', 1],
    ['rate', 2],
    ['gauge', 3],
  ] as const)('has the number of its type: %s is %i', (type, number) => {
    expect(seriesV2(metric({ type }))).toMatchObject({ type: number });
  });

  test('has its host as a resource, its device as a tag, and whole seconds', () => {
    expect(seriesV2(metric({ ...FULL, interval: 0.5 }))).toEqual({
      metric: 'm',
      type: 3,
      points: [{ timestamp: 10, value: -0.5 }],
      resources: [{ type: 'host', name: 'web-1' }],
      tags: ['env:prod', 'ünï:cödé', 'device:sda'],
      interval: 1,
    });
  });

  test('has no fields for a missing host or device', () => {
    expect(seriesV2(metric())).toEqual({
      metric: 'm',
      type: 3,
      points: [{ timestamp: 10, value: 1 }],
      tags: [],
      interval: 10,
    });
  });

  test('may lack its host, device and interval', () => {
    const { host: _, device: __, interval: ___, ...row } = metric();
    expect(seriesV2(row as MetricRow)).toEqual({ metric: 'm', type: 3, points: [{ timestamp: 10, value: 1 }], tags: [] });
  });

  test('escapes its texts', () => {
    const text = '"\\\n\ud800';
    expect(seriesV2(metric({ metric: text, host: text, device: text, tags: [text] }))).toMatchObject({
      metric: text,
      resources: [{ name: text }],
      tags: [text, `device:${text}`],
    });
  });
});

describe('a row for series v1', () => {
  test('has fields for its host and device, and whole seconds', () => {
    expect(seriesV1(metric({ ...FULL, type: 'rate', interval: 0.5 }))).toEqual({
      metric: 'm',
      type: 'rate',
      points: [[10, -0.5]],
      host: 'web-1',
      device: 'sda',
      tags: ['env:prod', 'ünï:cödé'],
      interval: 1,
    });
  });

  test('has no fields for a missing host or device', () => {
    expect(seriesV1(metric())).toEqual({ metric: 'm', type: 'gauge', points: [[10, 1]], tags: [], interval: 10 });
  });
});

describe('a distribution', () => {
  test('has a field for its host, and its device as a tag', () => {
    const row = distribution({ host: 'web-1', device: 'sda', tags: ['a:b'], points: [[10.5, [3, 1e300, 5e-324]]] });
    expect(distributionV1(row)).toEqual({
      metric: 'd',
      type: 'distribution',
      points: [[10, [3, 1e300, 5e-324]]],
      host: 'web-1',
      tags: ['a:b', 'device:sda'],
    });
  });

  test('has no fields for a missing host or device', () => {
    expect(distributionV1(distribution())).toEqual({ metric: 'd', type: 'distribution', points: [[10, [1, 2]]], tags: [] });
  });
});

test.each([SERIES_V1, SERIES_V2, DISTRIBUTIONS_V1])('encoding does not change the row (%#)', (format) => {
  const row = metric({ ...FULL });
  const before = structuredClone(row);
  encodeRow(row, format);
  expect(row).toEqual(before);
});
