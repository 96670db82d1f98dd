// The intake accepts the requests of Datadog's own clients, and shows what they sent.

import * as zlib from 'node:zlib';
import { deflateSync } from 'node:zlib';
import { client, v1, v2 } from '@datadog/datadog-api-client';
import datadogMetrics from 'datadog-metrics';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { API_KEY, send } from './send-request.js';

let intake: Intake;
beforeEach(async () => {
  intake = await startIntake({ apiKey: API_KEY });
});
afterEach(() => intake.close());

const NOW_SECONDS = Math.floor(Date.now() / 1000);
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };

function configurationFor(apiKey: string) {
  const configuration = client.createConfiguration({
    authMethods: { apiKeyAuth: apiKey },
    baseServer: new client.BaseServerConfiguration(intake.url, {}),
  });
  const http = configuration.httpApi as { zstdCompressorCallback?: (body: string) => Buffer };
  http.zstdCompressorCallback = (body) => zstdCompressSync?.(Buffer.from(body)) ?? Buffer.from(body);
  return configuration;
}

/** Expects that all requests were accepted with a key in the header. */
function expectAccepted(path: string, encoding: string): void {
  expect(intake.requests).toMatchObject([{ path, encoding, apiKeyIn: 'header', refusal: null }]);
}

describe('of @datadog/datadog-api-client', () => {
  const row = { metric: 'shop.orders', interval: 10, tags: ['a:b', 'ort:köln'] };
  const shown = { metric: 'shop.orders', type: 'count', host: 'web-1', interval: 10, tags: ['a:b', 'ort:köln'] };

  it.each([undefined, 'deflate', 'gzip'] as const)(
    'a submission of metrics over v1 is accepted, encoding %s',
    async (contentEncoding) => {
      const api = new v1.MetricsApi(configurationFor(API_KEY));
      const series = [{ ...row, type: 'count', host: 'web-1', points: [[NOW_SECONDS + 0.5, 1.5]] as [number, number][] }];
      expect(await api.submitMetrics({ body: { series }, contentEncoding })).toMatchObject({ status: 'ok' });
      expectAccepted('/api/v1/series', contentEncoding ?? 'identity');
      expect(intake.metrics).toEqual([{ ...shown, device: null, points: [[NOW_SECONDS + 0.5, 1.5]] }]);
    },
  );

  const encodings = [undefined, 'deflate', 'gzip', ...(zstdCompressSync ? (['zstd1'] as const) : [])] as const;
  it.each(encodings)('a submission of metrics over v2 is accepted, encoding %s', async (contentEncoding) => {
    const api = new v2.MetricsApi(configurationFor(API_KEY));
    const resources = [{ name: 'web-1', type: 'host' }];
    const metadata = { origin: { metricType: 0, product: 10, service: 1 } };
    const points = [{ timestamp: NOW_SECONDS, value: 1.5 }];
    const series = [{ ...row, type: 1 as const, resources, points, unit: 'order', sourceTypeName: 'node', metadata }];
    expect(await api.submitMetrics({ body: { series }, contentEncoding })).toMatchObject({ errors: [] });
    expectAccepted('/api/v2/series', contentEncoding ?? 'identity');
    expect(intake.metrics).toEqual([{ ...shown, device: null, points: [[NOW_SECONDS, 1.5]] }]);
  });

  it.skipIf(zstdCompressSync)('a submission with zstd1 fails with the version of Node.js that could decompress it', async () => {
    const api = new v2.MetricsApi(configurationFor(API_KEY));
    await expect(api.submitMetrics({ body: { series: [] }, contentEncoding: 'zstd1' })).rejects.toMatchObject({
      code: 400,
      body: { errors: [expect.stringContaining('Node.js 22.15, 23.8 or later')] },
    });
  });

  it('series with required fields only are accepted', async () => {
    const configuration = configurationFor(API_KEY);
    await new v1.MetricsApi(configuration).submitMetrics({ body: { series: [{ metric: 'a', points: [[NOW_SECONDS, 1]] }] } });
    await new v2.MetricsApi(configuration).submitMetrics({
      body: { series: [{ metric: 'b', points: [{ timestamp: NOW_SECONDS, value: 1 }] }] },
    });
    const absent = { points: [[NOW_SECONDS, 1]], host: null, device: null, tags: [], interval: 0 };
    expect(intake.metrics).toEqual([
      { metric: 'a', type: 'gauge', ...absent },
      { metric: 'b', type: 'unspecified', ...absent },
    ]);
  });

  it.each([undefined, 'deflate'] as const)('a submission of distributions is accepted, encoding %s', async (contentEncoding) => {
    const api = new v1.MetricsApi(configurationFor(API_KEY));
    const points: [number, number[]][] = [[NOW_SECONDS, [3, 1, 2]]];
    const series = [
      { metric: 'd', host: 'web-1', tags: ['a:b'], type: 'distribution' as const, points },
      { metric: 'e', points },
    ];
    expect(await api.submitDistributionPoints({ body: { series }, contentEncoding })).toMatchObject({ status: 'ok' });
    expectAccepted('/api/v1/distribution_points', contentEncoding ?? 'identity');
    const absent = { type: 'distribution', device: null, interval: 0, points };
    expect(intake.distributions).toEqual([
      { metric: 'd', host: 'web-1', tags: ['a:b'], ...absent },
      { metric: 'e', host: null, tags: [], ...absent },
    ]);
  });

  it('an event is accepted, with all fields and with none', async () => {
    const api = new v1.EventsApi(configurationFor(API_KEY));
    const event = { title: 't'.repeat(200), text: 'línea' };
    await api.createEvent({ body: event });
    await api.createEvent({
      body: {
        ...event,
        aggregationKey: 'key',
        alertType: 'success',
        dateHappened: NOW_SECONDS,
        deviceName: 'sda',
        host: 'web-1',
        priority: 'low',
        relatedEventId: 7,
        sourceTypeName: 'node',
        tags: ['a:b'],
      },
    });
    expect(intake.events).toEqual([
      event,
      {
        ...event,
        aggregation_key: 'key',
        alert_type: 'success',
        date_happened: NOW_SECONDS,
        device_name: 'sda',
        host: 'web-1',
        priority: 'low',
        related_event_id: 7,
        source_type_name: 'node',
        tags: ['a:b'],
      },
    ]);
  });

  it('the check of a key succeeds for the accepted key, and fails for another', async () => {
    expect(await new v1.AuthenticationApi(configurationFor(API_KEY)).validate()).toMatchObject({ valid: true });
    await expect(new v1.AuthenticationApi(configurationFor('another')).validate()).rejects.toMatchObject({
      code: 403,
      body: { errors: ['Forbidden'] },
    });
  });

  it('a body that the intake refuses fails with the reason', async () => {
    const api = new v1.MetricsApi(configurationFor(API_KEY));
    await expect(api.submitMetrics({ body: { series: [{ metric: '', points: [] }] } })).rejects.toMatchObject({
      code: 400,
      body: { errors: ["series[0].metric must be a non-empty string, not ''"] },
    });
  });
});

describe('of datadog-metrics', () => {
  // The package can only be told the site, so the origin is changed where its HTTP client calls `fetch`. A property of the
  // prototype with a setter, because the client overwrites its own.
  const { prototype } = client.IsomorphicFetchHttpLibrary;
  const toIntake: typeof fetch = (url, init) => fetch(String(url).replace('https://api.datadoghq.eu', intake.url), init);
  beforeEach(() => void Object.defineProperty(prototype, 'fetch', { get: () => toIntake, set: () => {}, configurable: true }));
  afterEach(() => void Reflect.deleteProperty(prototype, 'fetch'));

  it('all kinds of metrics are accepted', async () => {
    const errors: unknown[] = [];
    const logger = new datadogMetrics.BufferedMetricsLogger({
      apiKey: API_KEY,
      site: 'datadoghq.eu',
      host: 'web-1',
      prefix: 'shop.',
      defaultTags: ['team:core'],
      flushIntervalSeconds: 0,
      onError: (error) => void errors.push(error),
    });
    logger.gauge('open', 3, ['a:b']);
    for (let i = 0; i < 3; i++) logger.increment('orders', 2);
    for (const value of [1, 2, 3]) logger.histogram('seconds', value);
    for (const value of [1, 2, 3]) logger.distribution('bytes', value, ['a:b']);
    await logger.flush();

    expect(errors).toEqual([]);
    expect(intake.requests.map(({ path, refusal, apiKeyIn }) => ({ path, refusal, apiKeyIn }))).toEqual([
      { path: '/api/v1/series', refusal: null, apiKeyIn: 'header' },
      { path: '/api/v1/distribution_points', refusal: null, apiKeyIn: 'header' },
    ]);
    const stored = intake.stored();
    expect(stored.total('shop.orders')).toBe(6);
    expect(stored.metric('shop.open')).toMatchObject([{ type: 'gauge', host: 'web-1', tags: ['a:b', 'team:core'] }]);
    expect(stored.metric('shop.seconds.max')[0].points[0][1]).toBe(3);
    expect(stored.values('shop.bytes', ['a:b'])).toEqual([1, 2, 3]);
  });
});

it('of datadog-lambda-js, which sends the key in the query only, are accepted and marked', async () => {
  const series = [{ metric: 'm', points: [[NOW_SECONDS, [1]]], tags: ['a:b'], type: 'distribution' }];
  const answer = await send(intake, `/api/v1/distribution_points?api_key=${API_KEY}`, {
    headers: { 'DD-API-KEY': '', 'Content-Encoding': 'deflate' },
    body: deflateSync(JSON.stringify({ series })),
  });
  expect(answer.statusCode).toBe(202);
  expect(intake.requests).toMatchObject([{ path: '/api/v1/distribution_points?api_key=[redacted]', apiKeyIn: 'query' }]);
  expect(intake.stored().values('m', ['a:b'])).toEqual([1]);
});
