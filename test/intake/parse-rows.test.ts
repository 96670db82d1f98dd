import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { send, sendJson } from './send-request.js';

let intake: Intake;
beforeAll(async () => {
  intake = await startIntake();
});
beforeEach(() => intake.clear());
afterAll(() => intake.close());

const POINT_V2 = { timestamp: 100, value: 1 };
const ROW_V2 = { metric: 'm', type: 1, points: [POINT_V2] };
const ROW_V1 = { metric: 'm', type: 'count', points: [[100, 1]] };
const DISTRIBUTION = { metric: 'm', points: [[100, [1, 2]]] };
const EVENT = { title: 'deployed', text: 'version 2' };

const second = (row: object, change: object) => ({ series: [row, { ...row, ...change }] });
const v2 = (change: object) => second(ROW_V2, change);
const v1 = (change: object) => second(ROW_V1, change);
const distribution = (change: object) => second(DISTRIBUTION, change);
const event = (change: object) => ({ ...EVENT, ...change });

const REFUSED: Record<string, [body: unknown, error: string][]> = {
  '/api/v2/series': [
    [[], 'the body must be an object, not an array'],
    [null, 'the body must be an object, not null'],
    ['series', "the body must be an object, not 'series'"],
    [{}, 'series must be an array, but it is missing'],
    [{ series: {} }, 'series must be an array, not an object'],
    [{ series: [7] }, 'series[0] must be an object, not 7'],
    [v2({ metric: undefined }), 'series[1].metric must be a non-empty string, but it is missing'],
    [v2({ metric: '' }), "series[1].metric must be a non-empty string, not ''"],
    [v2({ metric: 5 }), 'series[1].metric must be a non-empty string, not 5'],
    [v2({ type: 4 }), 'series[1].type must be an integer from 0 to 3, not 4'],
    [v2({ type: -1 }), 'series[1].type must be an integer from 0 to 3, not -1'],
    [v2({ type: 1.5 }), 'series[1].type must be an integer from 0 to 3, not 1.5'],
    [v2({ type: '1' }), "series[1].type must be an integer from 0 to 3, not '1'"],
    [v2({ type: [1] }), 'series[1].type must be an integer from 0 to 3, not an array'],
    [v2({ type: null }), 'series[1].type must be an integer from 0 to 3, not null'],
    [v2({ points: undefined }), 'series[1].points must be an array, but it is missing'],
    [v2({ points: [[100, 1]] }), 'series[1].points[0] must be an object, not an array'],
    [
      v2({ points: [POINT_V2, { ...POINT_V2, timestamp: null }] }),
      'series[1].points[1].timestamp must be an integer number of seconds, not null',
    ],
    [
      v2({ points: [{ ...POINT_V2, timestamp: 1e19 }] }),
      'series[1].points[0].timestamp must be an integer number of seconds, not 10000000000000000000',
    ],
    [
      v2({ points: [{ ...POINT_V2, timestamp: 1.5 }] }),
      'series[1].points[0].timestamp must be an integer number of seconds, not 1.5',
    ],
    [
      v2({ points: [{ ...POINT_V2, timestamp: '1' }] }),
      "series[1].points[0].timestamp must be an integer number of seconds, not '1'",
    ],
    [v2({ points: [{ ...POINT_V2, value: null }] }), 'series[1].points[0].value must be a finite number, not null'],
    [v2({ points: [{ ...POINT_V2, value: '1' }] }), "series[1].points[0].value must be a finite number, not '1'"],
    [v2({ resources: {} }), 'series[1].resources must be an array, not an object'],
    [v2({ resources: ['host'] }), "series[1].resources[0] must be an object, not 'host'"],
    [v2({ resources: [{ type: 'host', name: null }] }), 'series[1].resources[0].name must be a string, not null'],
    [v2({ resources: [{ name: 'web', type: 1 }] }), 'series[1].resources[0].type must be a string, not 1'],
    [v2({ tags: 'a:b' }), "series[1].tags must be an array of strings, not 'a:b'"],
    [v2({ tags: null }), 'series[1].tags must be an array of strings, not null'],
    [v2({ tags: ['a', 1] }), 'series[1].tags[1] must be a string, not 1'],
    [v2({ interval: -1 }), 'series[1].interval must be an integer of at least 0, not -1'],
    [v2({ interval: 0.5 }), 'series[1].interval must be an integer of at least 0, not 0.5'],
    [v2({ interval: null }), 'series[1].interval must be an integer of at least 0, not null'],
    [v2({ unit: 1 }), 'series[1].unit must be a string, not 1'],
    [v2({ source_type_name: null }), 'series[1].source_type_name must be a string, not null'],
    [v2({ metadata: [] }), 'series[1].metadata must be an object, not an array'],
    [v2({ metadata: { origin: 'node' } }), "series[1].metadata.origin must be an object, not 'node'"],
    [v2({ metadata: { origin: { product: 1.5 } } }), 'series[1].metadata.origin.product must be an integer, not 1.5'],
    [
      v2({ metadata: { origin: { service: 1001 } } }),
      'series[1].metadata.origin.service must be an integer of 32 bits and at most 1000, not 1001',
    ],
    [v2({ interval: '10' }), "series[1].interval must be an integer of at least 0, not '10'"],
    [v2({ tags: 'x'.repeat(1000) }), `series[1].tags must be an array of strings, not '${'x'.repeat(64)}…'`],
  ],
  '/api/v1/series': [
    [[], 'the body must be an object, not an array'],
    [{ series: null }, 'series must be an array, not null'],
    [v1({ metric: null }), 'series[1].metric must be a non-empty string, not null'],
    [v1({ type: 3 }), "series[1].type must be 'gauge', 'rate', 'count' or '', not 3"],
    [v1({ type: 'counter' }), "series[1].type must be 'gauge', 'rate', 'count' or '', not 'counter'"],
    [v1({ points: [POINT_V2] }), 'series[1].points[0] must be an array of a timestamp and a value, not an object'],
    [v1({ points: [[100]] }), 'series[1].points[0] must be an array of a timestamp and a value, not an array'],
    [v1({ points: [[100, 1, 2]] }), 'series[1].points[0] must be an array of a timestamp and a value, not an array'],
    [v1({ points: [['100', 1]] }), "series[1].points[0][0] must be a finite number of seconds, not '100'"],
    [v1({ points: [['100', null]] }), "series[1].points[0][0] must be a finite number of seconds, not '100'"],
    [v1({ points: [[null, '1']] }), "series[1].points[0][1] must be a finite number, not '1'"],
    [v1({ points: null }), 'series[1].points must be an array, not null'],
    [v1({ points: [[100, [1]]] }), 'series[1].points[0][1] must be a finite number, not an array'],
    [v1({ host: 1 }), 'series[1].host must be a string, not 1'],
    [v1({ device: {} }), 'series[1].device must be a string, not an object'],
    [v1({ tags: [null] }), 'series[1].tags[0] must be a string, not null'],
    [v1({ interval: -10 }), 'series[1].interval must be an integer of at least 0, not -10'],
  ],
  '/api/v1/distribution_points': [
    [{ series: 'm' }, "series must be an array, not 'm'"],
    [distribution({ metric: '' }), "series[1].metric must be a non-empty string, not ''"],
    [distribution({ type: 'gauge' }), "series[1].type must be 'distribution', not 'gauge'"],
    [distribution({ points: [[100, 1]] }), 'series[1].points[0][1] must be an array of finite numbers, not 1'],
    [distribution({ points: [[100, [1, '2']]] }), "series[1].points[0][1][1] must be a finite number, not '2'"],
    [distribution({ points: [[null, [1]]] }), 'series[1].points[0][0] must be a finite number of seconds, not null'],
    [distribution({ host: false }), 'series[1].host must be a string, not false'],
    [distribution({ tags: {} }), 'series[1].tags must be an array of strings, not an object'],
  ],
  '/api/v1/events': [
    [[EVENT], 'the body must be an object, not an array'],
    [event({ title: undefined }), 'title must be a non-empty string, but it is missing'],
    [event({ title: '' }), "title must be a non-empty string, not ''"],
    [event({ title: null }), 'title must be a non-empty string, not null'],
    [event({ text: undefined }), 'text must be a string, but it is missing'],
    [event({ text: null }), 'text must be a string, not null'],
    [event({ text: 'x'.repeat(4001) }), 'text must be at most 4000 characters long'],
    [event({ text: '\u{1F600}'.repeat(4001) }), 'text must be at most 4000 characters long'],
    [
      event({ alert_type: 'fatal' }),
      "alert_type must be one of error, warning, info, success, user_update, recommendation, snapshot, not 'fatal'",
    ],
    [event({ priority: 'high' }), "priority must be normal or low, not 'high'"],
    [event({ date_happened: 1.5 }), 'date_happened must be an integer number of seconds, not 1.5'],
    [event({ date_happened: '1' }), "date_happened must be an integer number of seconds, not '1'"],
    [event({ aggregation_key: 'x'.repeat(101) }), 'aggregation_key must be at most 100 characters long'],
    [event({ aggregation_key: 1 }), 'aggregation_key must be a string, not 1'],
    [event({ source_type_name: [] }), 'source_type_name must be a string, not an array'],
    [event({ device_name: 1 }), 'device_name must be a string, not 1'],
    [event({ related_event_id: '1' }), "related_event_id must be an integer, not '1'"],
    [event({ host: 1 }), 'host must be a string, not 1'],
    [event({ tags: [1] }), 'tags[0] must be a string, not 1'],
  ],
};

describe.each(Object.entries(REFUSED))('%s refuses', (path, cases) => {
  it.each(cases)('%j', async (body, error) => {
    const answer = await sendJson(intake, path, body);
    expect(answer.statusCode).toBe(400);
    expect(JSON.parse(answer.text)).toEqual({ errors: [error] });
    expect(intake.requests).toMatchObject([{ statusCode: 400, refusal: error, rowsKept: 0 }]);
    expect(intake.metrics).toEqual([]);
    expect(intake.distributions).toEqual([]);
    expect(intake.events).toEqual([]);
  });
});

it('refuses a number that exceeds the range of doubles', async () => {
  const body = '{"series":[{"metric":"m","points":[[100,1e999]]}]}';
  const { text } = await send(intake, '/api/v1/series', { body });
  expect(JSON.parse(text)).toEqual({ errors: ['series[0].points[0][1] must be a finite number, not Infinity'] });
});

describe('accepted metrics', () => {
  it.each([
    [0, 'unspecified'],
    [1, 'count'],
    [2, 'rate'],
    [3, 'gauge'],
    [undefined, 'unspecified'],
  ])('have, over v2 with type %s, the type %s', async (type, name) => {
    await sendJson(intake, '/api/v2/series', { series: [{ ...ROW_V2, type }] });
    expect(intake.metric('m')).toMatchObject([{ type: name }]);
  });

  it.each([
    ['count', 'count'],
    ['rate', 'rate'],
    ['gauge', 'gauge'],
    ['', 'gauge'],
    [undefined, 'gauge'],
  ])('have, over v1 with type %j, the type %s', async (type, name) => {
    await sendJson(intake, '/api/v1/series', { series: [{ ...ROW_V1, type }] });
    expect(intake.metric('m')).toMatchObject([{ type: name }]);
  });

  it('have defaults for absent fields', async () => {
    const expected = { metric: 'm', type: 'count', points: [[100, 1]], host: null, device: null, tags: [], interval: 0 };
    await sendJson(intake, '/api/v2/series', { series: [ROW_V2] });
    await sendJson(intake, '/api/v1/series', { series: [ROW_V1] });
    expect(intake.metrics).toEqual([expected, expected]);
  });

  it('have defaults for optional fields of v1 that are null', async () => {
    const nulls = { type: null, host: null, device: null, tags: null, interval: null };
    expect(await sendJson(intake, '/api/v1/series', { series: [{ ...ROW_V1, ...nulls }] })).toMatchObject({ statusCode: 202 });
    expect(intake.metrics).toEqual([
      { metric: 'm', type: 'gauge', points: [[100, 1]], host: null, device: null, tags: [], interval: 0 },
    ]);
  });

  it('have no points of v1 whose timestamp or value is null', async () => {
    const points = [
      [100, null],
      [null, 1],
      [100.5, 2],
    ];
    await sendJson(intake, '/api/v1/series', { series: [{ ...ROW_V1, points }] });
    expect(intake.metric('m')).toMatchObject([{ points: [[100.5, 2]] }]);
  });

  it('have no points of v2 without a timestamp or a value', async () => {
    const points = [{ timestamp: 100 }, { value: 1 }, {}, { timestamp: 100, value: 2 }];
    await sendJson(intake, '/api/v2/series', { series: [{ ...ROW_V2, points }] });
    expect(intake.metric('m')).toMatchObject([{ points: [[100, 2]] }]);
  });

  it('have no host of a resource without a name or a type', async () => {
    const resources = [{ type: 'host' }, { name: 'web-1' }, {}];
    await sendJson(intake, '/api/v2/series', { series: [{ ...ROW_V2, resources }] });
    expect(intake.metric('m')).toMatchObject([{ host: null }]);
  });

  it('may have a unit, a source and metadata over v2, which rows do not show', async () => {
    const metadata = { origin: { metric_type: 0, product: -1, service: 1000, other: 'x' }, other: 1 };
    const row = { ...ROW_V2, unit: 'second', source_type_name: 'node', metadata, other: null };
    expect(await sendJson(intake, '/api/v2/series', { series: [row] })).toMatchObject({ statusCode: 202 });
    expect(Object.keys(intake.metrics[0])).not.toContain('metadata');
  });

  it.each([
    ['nothing', { host: null, device: null, tags: ['a:b'] }, { tags: ['a:b'] }],
    ['a host', { host: 'web-1', device: null, tags: [] }, { tags: [], resources: [{ type: 'host', name: 'web-1' }] }],
    ['a device', { host: null, device: 'sda', tags: ['a:b', 'c'] }, { tags: ['a:b', 'c', 'device:sda'] }],
    [
      'a device as a resource',
      { host: null, device: 'sda', tags: ['a'] },
      { tags: ['a'], resources: [{ type: 'device', name: 'sda' }] },
    ],
    ['a device and another device tag', { host: null, device: 'sda', tags: ['device:x'] }, { tags: ['device:x', 'device:sda'] }],
    ['a device tag', { host: null, device: null, tags: ['device:x', 'a'] }, { tags: ['device:x', 'a'] }],
    ['an empty device tag', { host: null, device: null, tags: ['device:'] }, { tags: ['device:'] }],
    [
      'texts that are not ASCII',
      { host: 'größe', device: null, tags: ['ort:köln'] },
      { tags: ['ort:köln'], resources: [{ type: 'host', name: 'größe' }] },
    ],
  ])('are equal over v1 and v2, with %s', async (_, partV1, partV2) => {
    const common = { metric: 'm', interval: 10 };
    const points = {
      v1: [
        [100, -0.5],
        [110, 2e300],
      ],
      v2: [
        { timestamp: 100, value: -0.5 },
        { timestamp: 110, value: 2e300 },
      ],
    };
    await sendJson(intake, '/api/v1/series', { series: [{ ...common, type: 'rate', points: points.v1, ...partV1 }] });
    await sendJson(intake, '/api/v2/series', { series: [{ ...common, type: 2, points: points.v2, ...partV2 }] });
    expect(intake.metrics[1]).toEqual(intake.metrics[0]);
  });

  it('have the shape of a MetricRow', async () => {
    const row = { metric: 'm', type: 'gauge', points: [[100.5, 1]], host: 'h', device: 'd', tags: ['b', 'a'], interval: 10 };
    await sendJson(intake, '/api/v1/series', { series: [row] });
    expect(intake.metrics).toEqual([row]);
  });
});

it('keeps distributions in the shape of a DistributionRow', async () => {
  const row = {
    metric: 'd',
    type: 'distribution',
    points: [
      [100, [3, 1, 2]],
      [110, []],
    ],
    host: 'h',
    device: 'x',
    tags: ['a'],
    interval: 10,
  };
  await sendJson(intake, '/api/v1/distribution_points', { series: [row, { metric: 'e', points: [], tags: ['device:x'] }] });
  const other = { metric: 'e', type: 'distribution', points: [], host: null, device: 'x', tags: [], interval: 0 };
  expect(intake.distributions).toEqual([row, other]);
});

it('takes optional fields of a distribution that are null for absent', async () => {
  const nulls = { type: null, host: null, device: null, tags: null, interval: null };
  await sendJson(intake, '/api/v1/distribution_points', { series: [{ ...DISTRIBUTION, ...nulls }] });
  expect(intake.distributions).toEqual([
    { metric: 'm', type: 'distribution', points: [[100, [1, 2]]], host: null, device: null, tags: [], interval: 0 },
  ]);
});

describe('events', () => {
  it('are kept as they were sent', async () => {
    const full = {
      title: '\u{1F600}'.repeat(1000),
      text: 'x'.repeat(4000),
      alert_type: 'user_update',
      aggregation_key: 'k'.repeat(100),
      source_type_name: 'node',
      device_name: 'sda',
      related_event_id: 7,
      date_happened: Math.floor(Date.now() / 1000),
      priority: 'low',
      tags: ['a', 'b'],
      host: 'h',
    };
    expect(await sendJson(intake, '/api/v1/events', full)).toMatchObject({ statusCode: 202 });
    expect(await sendJson(intake, '/api/v1/events', EVENT)).toMatchObject({ statusCode: 202 });
    expect(intake.events).toEqual([full, EVENT]);
  });

  it('may have an empty text', async () => {
    expect(await sendJson(intake, '/api/v1/events', { title: 't', text: '' })).toMatchObject({ statusCode: 202 });
  });

  it('may have optional fields that are null', async () => {
    const strings = { aggregation_key: null, source_type_name: null, device_name: null, host: null, alert_type: null };
    const body = { ...EVENT, ...strings, priority: null, date_happened: null, related_event_id: null, tags: null };
    expect(await sendJson(intake, '/api/v1/events', body)).toMatchObject({ statusCode: 202 });
  });

  describe('at a time', () => {
    const NOW_SECONDS = 1_700_000_000;
    beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOW_SECONDS * 1000 }));
    afterEach(() => void vi.useRealTimers());
    const refusalOf = async (dateSeconds: number) => {
      await sendJson(intake, '/api/v1/events', event({ date_happened: dateSeconds }));
      return intake.requests.at(-1)?.refusal;
    };

    it('may have happened up to 18 hours ago', async () => {
      expect(await refusalOf(NOW_SECONDS - 64_800)).toBeNull();
      expect(await refusalOf(NOW_SECONDS - 64_801)).toBe(
        `date_happened must be at most 18 hours in the past, not ${NOW_SECONDS - 64_801}`,
      );
      expect(await refusalOf(-5)).toBe('date_happened must be at most 18 hours in the past, not -5');
    });

    it('may happen up to 2 hours from now', async () => {
      expect(await refusalOf(NOW_SECONDS + 7200)).toBeNull();
      expect(await refusalOf(NOW_SECONDS + 7201)).toBe(
        `date_happened must be at most 2 hours in the future, not ${NOW_SECONDS + 7201}`,
      );
    });

    it('are refused with a hint when their time is in milliseconds', async () => {
      expect(await refusalOf(NOW_SECONDS * 1000)).toBe(
        'date_happened must be at most 2 hours in the future, not 1700000000000; ' +
          'it must be in seconds, and this looks like milliseconds',
      );
    });
  });
});
