import { describe, expect, test } from 'vitest';
import { distributionOf, encodeEvent, seriesV1Of, seriesV2Of } from '../../../src/http/encode/row-encoders.js';
import type { EventRow } from '../../../src/model/rows.js';
import { distribution, metric } from '../support/rows.js';

const FULL = { points: [[10.9, -0.5]] as [number, number][], host: 'web-1', device: 'sda', tags: ['env:prod', 'ünï:cödé'] };

/** What is read out of the JSON that is sent. */
function sent(series: object): unknown {
  return JSON.parse(JSON.stringify(series));
}

describe('series v2', () => {
  test('numbers its types', () => {
    const series = (['count', 'rate', 'gauge'] as const).map((type) => sent(seriesV2Of(metric({ type }))));
    expect(series).toMatchObject([{ type: 1 }, { type: 2 }, { type: 3 }]);
  });

  test('has the host as a resource, the device as a tag, and whole seconds', () => {
    expect(sent(seriesV2Of(metric({ ...FULL, interval: 0.5 })))).toEqual({
      metric: 'm',
      type: 3,
      points: [{ timestamp: 10, value: -0.5 }],
      resources: [{ type: 'host', name: 'web-1' }],
      tags: ['env:prod', 'ünï:cödé', 'device:sda'],
      interval: 1,
    });
  });

  test('leaves out what is not there', () => {
    expect(sent(seriesV2Of(metric()))).toEqual({
      metric: 'm',
      type: 3,
      points: [{ timestamp: 10, value: 1 }],
      tags: [],
      interval: 10,
    });
  });
});

describe('series v1', () => {
  test('has fields for host and device, and whole seconds', () => {
    expect(sent(seriesV1Of(metric({ ...FULL, type: 'rate', interval: 0.5 })))).toEqual({
      metric: 'm',
      type: 'rate',
      points: [[10, -0.5]],
      host: 'web-1',
      device: 'sda',
      tags: ['env:prod', 'ünï:cödé'],
      interval: 1,
    });
  });

  test('leaves out what is not there', () => {
    expect(sent(seriesV1Of(metric()))).toEqual({ metric: 'm', type: 'gauge', points: [[10, 1]], tags: [], interval: 10 });
  });
});

test('distributions have a field for the host, and the device as a tag', () => {
  const row = distribution({ host: 'web-1', device: 'sda', tags: ['a:b'], points: [[10.5, [3, 1e300, 5e-324]]] });
  expect(sent(distributionOf(row))).toEqual({
    metric: 'd',
    type: 'distribution',
    points: [[10, [3, 1e300, 5e-324]]],
    host: 'web-1',
    tags: ['a:b', 'device:sda'],
  });
  expect(sent(distributionOf(distribution()))).toEqual({
    metric: 'd',
    type: 'distribution',
    points: [[10, [1, 2]]],
    tags: [],
  });
});

test('encoding leaves the rows as they were', () => {
  const rows = [metric({ ...FULL }), distribution({ device: 'sda', tags: ['a:b'] })] as const;
  const before = structuredClone(rows);
  seriesV1Of(rows[0]);
  seriesV2Of(rows[0]);
  distributionOf(rows[1]);
  expect(rows).toEqual(before);
});

describe('events', () => {
  const encoded = (event: Partial<EventRow>): EventRow => JSON.parse(encodeEvent({ title: 't', text: 'x', ...event }));

  test('are sent with the keys that they have', () => {
    const event: EventRow = {
      title: 'deployed',
      text: 'línea\n2',
      alert_type: 'success',
      aggregation_key: 'deploy',
      source_type_name: 'my_apps',
      date_happened: 1_700_000_000,
      priority: 'low',
      tags: ['env:prod'],
      host: 'web-1',
    };
    expect(encoded(event)).toEqual(event);
    expect(encoded({})).toEqual({ title: 't', text: 'x' });
  });

  test('are not cut here: their rows were cut when they were recorded', () => {
    const event: EventRow = { title: 'a'.repeat(101), text: 'b'.repeat(4001), aggregation_key: '😀'.repeat(100) };
    expect(encoded(event)).toEqual(event);
  });
});
