import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { IntakeError, MissingApiKeyError } from '../../src/diagnostics/errors.js';
import { HttpReporter } from '../../src/http/http-reporter.js';
import { resolveHttpOptions } from '../../src/http/options.js';
import { startIntake } from '../../src/intake/index.js';
import type { EventRow } from '../../src/model/rows.js';
import { VERSION } from '../../src/version.js';
import { deferred } from '../support/client.js';
import { serveProxy } from './support/proxy-server.js';
import { failureOf, reporterTo } from './support/reporter.js';
import { distribution, metric } from './support/rows.js';
import { readBody, serve, unusedUrl } from './support/server.js';

const KEY = 'key';

interface Seen {
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Starts a server that keeps its requests and responds with a list of statuses, repeating the last one. */
async function serveStatuses(...statuses: number[]): Promise<{ url: URL; seen: Seen[]; connections: unknown[] }> {
  const seen: Seen[] = [];
  const server = await serve(async (request, response) => {
    const status = statuses.length > 1 ? statuses.shift()! : statuses[0];
    seen.push({ url: request.url!, headers: request.headers, body: await readBody(request) });
    response.writeHead(status).end();
  });
  return { url: server.url, seen, connections: server.connections };
}

describe('construction', () => {
  test('needs an API key from the options, the environment or resolved settings', () => {
    expect(() => new HttpReporter({}, {})).toThrow(MissingApiKeyError);
    expect(() => new HttpReporter(resolveHttpOptions({}, {}), { DD_API_KEY: KEY })).toThrow(MissingApiKeyError);
    new HttpReporter({}, { DD_API_KEY: KEY });
    new HttpReporter(resolveHttpOptions({ apiKey: KEY }, {}), {});
  });

  test('checks its options', () => {
    expect(() => new HttpReporter({ apiKey: KEY, timeout: 0 }, {})).toThrow(RangeError);
  });

  test('opens no connection, and the reporter can be closed then', async () => {
    const { url, connections } = await serveStatuses(202);
    await reporterTo(url).close();
    expect(connections).toHaveLength(0);
  });
});

describe('with an intake', () => {
  const rows = [
    metric({ type: 'rate', points: [[10, 0.1]], host: 'web-1', device: 'sda', tags: ['env:prod', 'ünï:cödé'] }),
    metric({ metric: 'n', type: 'count', points: [[10, 1e300], [20, -0.5]] }), // biome-ignore format: two points in one line
  ];

  test.each(['v2', 'v1'] as const)('metrics arrive over %s unchanged', async (apiVersion) => {
    await using intake = await startIntake({ apiKey: KEY });
    await reporterTo(intake.url, { apiVersion }).flushMetrics(structuredClone(rows));
    expect(intake.requests).toMatchObject([{ path: `/api/${apiVersion}/series`, statusCode: 202, refusal: null }]);
    expect(intake.metrics).toEqual(rows);
  });

  test.each(['gzip', 'deflate', 'none'] as const)('distributions arrive with compression %s', async (compression) => {
    await using intake = await startIntake({ apiKey: KEY });
    const sent = [distribution({ host: 'web-1', tags: ['a:b'], points: [[10, [3, 1, 2]]] })];
    await reporterTo(intake.url, { compression }).flushDistributions(sent);
    expect(intake.requests).toMatchObject([{ path: '/api/v1/distribution_points', statusCode: 202, refusal: null }]);
    expect(intake.distributions).toMatchObject([{ metric: 'd', host: 'web-1', tags: ['a:b'], points: [[10, [3, 1, 2]]] }]);
  });

  test('events arrive one by one', async () => {
    await using intake = await startIntake({ apiKey: KEY });
    const events = Array.from({ length: 10 }, (_, i) => ({ title: `t${i}`, text: 'x', tags: ['a:b'] }));
    await reporterTo(intake.url).flushEvents(structuredClone(events));
    expect(intake.requests).toHaveLength(10);
    expect([...intake.events].sort((a, b) => a.title.localeCompare(b.title))).toEqual(events);
  });

  test('an event is sent with all its keys', async () => {
    await using intake = await startIntake({ apiKey: KEY });
    const event: EventRow = {
      title: 'deployed',
      text: 'línea\n2',
      alert_type: 'success',
      aggregation_key: 'deploy',
      source_type_name: 'my_apps',
      date_happened: Math.floor(Date.now() / 1000),
      priority: 'low',
      tags: ['env:prod'],
      host: 'web-1',
    };
    await reporterTo(intake.url).flushEvents([structuredClone(event)]);
    expect(intake.events).toEqual([event]);
  });

  test('a refused key is reported with the variables to check', async () => {
    await using intake = await startIntake({ apiKey: 'another' });
    const failure = await failureOf(reporterTo(intake.url).flushMetrics([metric()]));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_FORBIDDEN', rowsSent: 0, rowsPending: 1, rowsDropped: 0 });
    expect(failure.cause).toBeInstanceOf(IntakeError);
    expect(failure.cause).toMatchObject({ statusCode: 403, retryable: true });
    expect(failure.message).toMatch(/DD_API_KEY or DATADOG_API_KEY.*DD_SITE/);
  });
});

describe('a request', () => {
  test.each([
    ['gzip', gunzipSync],
    ['deflate', inflateSync],
    ['none', (body: Buffer) => body],
  ] as const)('with compression %s has the right headers and no others', async (compression, decompress) => {
    const { url, seen } = await serveStatuses(202);
    const reporter = reporterTo(`${url}base/`, { compression });
    await reporter.flushMetrics([metric()]);
    expect(seen).toHaveLength(1);
    expect(seen[0].url).toBe('/base/api/v2/series');
    const { connection: _, ...headers } = seen[0].headers;
    expect(headers).toEqual({
      host: url.host,
      'dd-api-key': KEY,
      'content-type': 'application/json',
      'content-length': String(seen[0].body.length),
      'user-agent': `threadstats/${VERSION}`,
      ...(compression !== 'none' && { 'content-encoding': compression }),
    });
    expect(JSON.parse(String(decompress(seen[0].body))).series).toHaveLength(1);
    expect(reporter.telemetry).toMatchObject({ payloads: 1, bytesSent: seen[0].body.length, retries: 0, queueBytes: 0 });
    expect(reporter.telemetry.rows).toMatchObject({ sent: 1, pending: 0 });
  });

  test.each([
    ['v2', 'gzip'],
    ['v1', 'deflate'],
  ] as const)(
    'for series %s is compressed with %s by default, and for distributions with deflate',
    async (apiVersion, encoding) => {
      const { url, seen } = await serveStatuses(202);
      const reporter = reporterTo(url, { apiVersion });
      await reporter.flushMetrics([metric()]);
      await reporter.flushDistributions([distribution()]);
      expect(seen).toMatchObject([
        { url: `/api/${apiVersion}/series`, headers: { 'content-encoding': encoding } },
        { url: '/api/v1/distribution_points', headers: { 'content-encoding': 'deflate' } },
      ]);
    },
  );

  test('for an event is never compressed', async () => {
    const { url, seen } = await serveStatuses(202);
    await reporterTo(url, { compression: 'gzip' }).flushEvents([{ title: 't', text: 'x' }]);
    expect(seen[0].headers['content-encoding']).toBeUndefined();
    expect(JSON.parse(String(seen[0].body))).toEqual({ title: 't', text: 'x' });
  });

  test('is not made without rows', async () => {
    const { url, seen } = await serveStatuses(202);
    const reporter = reporterTo(url);
    await reporter.flushMetrics([]);
    await reporter.flushDistributions([]);
    await reporter.flushEvents([]);
    expect(seen).toHaveLength(0);
  });

  test('uses the same connection as the one before', async () => {
    const { url, connections, seen } = await serveStatuses(202);
    const reporter = reporterTo(url);
    for (let i = 0; i < 3; i++) {
      await reporter.flushMetrics([metric()]);
      await reporter.flushDistributions([distribution()]);
      await reporter.flushEvents([{ title: 't', text: 'x' }]);
    }
    expect(seen).toHaveLength(9);
    expect(connections).toHaveLength(1);
    expect(reporter.telemetry.payloads).toBe(9);
  });

  test('goes through the proxy of the environment, unless NO_PROXY lists the host', async () => {
    const { url, seen } = await serveStatuses(202);
    const proxy = await serveProxy();
    const DD_PROXY_HTTP = `http://user:pass@${proxy.url.host}`;
    await reporterTo(url, {}, { DD_PROXY_HTTP }).flushMetrics([metric()]);
    expect(proxy.requests).toMatchObject([{ line: `POST ${url.origin}/api/v2/series` }]);
    await reporterTo(url, {}, { DD_PROXY_HTTP, NO_PROXY: '127.0.0.1' }).flushMetrics([metric()]);
    expect(proxy.requests).toHaveLength(1);
    expect(seen).toHaveLength(2);
  });

  test('carries a large body, and rows beyond the limit of the endpoint go into further requests', async () => {
    const { url, seen } = await serveStatuses(202);
    const rows = Array.from({ length: 20_000 }, (_, i) => metric({ metric: `m${i}`, tags: [`i:${i * 7919}`] }));
    const reporter = reporterTo(url, { compression: 'none' });
    await reporter.flushMetrics(rows);
    const sizes = seen.map(({ body }) => body.length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(512_000);
    expect(Math.max(...sizes)).toBeGreaterThan(500_000);
    expect(sizes).toHaveLength(Math.ceil(sizes.reduce((a, b) => a + b) / 512_000));
    const series: { metric: string }[] = seen.flatMap(({ body }) => JSON.parse(String(body)).series);
    expect(series.map((row) => row.metric).sort()).toEqual(rows.map((row) => row.metric).sort());
    expect(reporter.telemetry.payloads).toBe(seen.length);
  });
});

describe('a failure', () => {
  test('of a server that never responds is a timeout', async () => {
    const { url } = await serve(() => {});
    const failure = await failureOf(reporterTo(url, { timeout: 0.1 }).flushMetrics([metric(), metric()]));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_TIMEOUT', rowsSent: 0, rowsPending: 2, rowsDropped: 0 });
    expect(failure.message).toContain(`POST ${url.origin}/api/v2/series got no response: no response within 0.1 s`);
  });

  test('to connect names the address', async () => {
    const url = await unusedUrl();
    const failure = await failureOf(reporterTo(url).flushMetrics([metric()]));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE', cause: { cause: { code: 'ECONNREFUSED' } } });
    expect(failure.message).toContain(url.host);
  });

  test('names the proxy it went through, without its credentials', async () => {
    const { origin, host } = await unusedUrl();
    const reporter = reporterTo('https://intake.invalid', {}, { HTTPS_PROXY: `http://user:hunter2@${host}` });
    const { message } = await failureOf(reporter.flushMetrics([metric()]));
    expect(message).toContain(`POST https://intake.invalid/api/v2/series through the proxy ${origin} got no response`);
    expect(message).not.toContain('hunter2');
  });

  test('is counted, and its rows are sent before later ones', async () => {
    const { url, seen } = await serveStatuses(500, 202);
    const reporter = reporterTo(url, { compression: 'none' });
    expect(await failureOf(reporter.flushMetrics([metric({ metric: 'first' })]))).toMatchObject({ rowsPending: 1 });
    expect(reporter.telemetry).toMatchObject({ payloads: 0, rows: { sent: 0, pending: 1 } });
    expect(reporter.telemetry.queueBytes).toBe(seen[0].body.length);
    const drained = reporter.drain(5000);
    await reporter.flushMetrics([metric({ metric: 'second' })]);
    await drained;
    expect(reporter.telemetry).toMatchObject({ payloads: 2, retries: 1, queueBytes: 0, rows: { sent: 2, pending: 0 } });
    const metrics = seen.map(({ body }) => JSON.parse(String(body)).series[0].metric);
    expect(metrics).toEqual(['first', 'first', 'second']);
  });

  test('of one event does not prevent the others from being sent', async () => {
    const { url, seen } = await serveStatuses(202, 400, 202, 400, 202);
    const failure = await failureOf(reporterTo(url).flushEvents(Array(10).fill({ title: 't', text: 'x' })));
    expect(failure).toMatchObject({ rowsSent: 8, rowsDropped: 2 });
    expect(failure.message).toMatch(/^2 of 10 rows were not delivered: POST /);
    expect(seen).toHaveLength(10);
  });

  test.each([401, 403, 429, 503])('of an event with %i postpones the other events', async (status) => {
    const { url, seen } = await serveStatuses(status);
    const failure = await failureOf(reporterTo(url).flushEvents(Array(50).fill({ title: 't', text: 'x' })));
    expect(failure).toMatchObject({ rowsSent: 0, rowsPending: 50, rowsDropped: 0 });
    expect(seen.length).toBeLessThanOrEqual(4);
  });

  test('to connect postpones all events', async () => {
    const failure = await failureOf(reporterTo(await unusedUrl()).flushEvents(Array(50).fill({ title: 't', text: 'x' })));
    expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE', rowsSent: 0, rowsPending: 50 });
  });

  test('tells the delay that the intake asked for', async () => {
    const { url } = await serve((_, response) => response.writeHead(429, { 'X-RateLimit-Reset': '42' }).end());
    const failure = await failureOf(reporterTo(url).flushMetrics([metric()]));
    expect(failure.cause).toMatchObject({ statusCode: 429, retryAfterSeconds: 42 });
  });

  test('shows the beginning of a response, even if it is endless and not JSON', async () => {
    const { url } = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('<html>\n'.repeat(1000)));
      };
      response.writeHead(400).on('drain', more);
      more();
    });
    const failure = await failureOf(reporterTo(url).flushMetrics([metric()]));
    expect(failure.message).toMatch(/\((<html> )+.*…\)$/);
    expect(failure.message.length).toBeLessThan(400);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'to encode %d concerns only the rows with this value',
    async (value) => {
      const { url, seen } = await serveStatuses(202);
      const reporter = reporterTo(url, { compression: 'none' });
      const bad = metric({ metric: 'bad "one"', points: [[10, 1], [20, value]] }); // biome-ignore format: two points in one line
      const badDistribution = distribution({ metric: 'bad "one"', points: [[10, [1, value, 2]]] });
      const failures = [
        await failureOf(reporter.flushMetrics([bad, metric(), bad])),
        await failureOf(reporter.flushDistributions([badDistribution, distribution(), badDistribution])),
      ];
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: 'ERR_THREADSTATS_NON_FINITE_VALUE', rowsSent: 1, rowsDropped: 2 });
        expect(failure.message).toContain('2 of 3 rows were not delivered: "bad \\"one\\"" has a value');
      }
      expect(seen.map(({ body }) => JSON.parse(String(body)).series)).toMatchObject([[{ metric: 'm' }], [{ metric: 'd' }]]);
      await failureOf(reporter.flushMetrics([bad]));
      expect(seen).toHaveLength(2);
    },
  );
});

describe('close', () => {
  test('makes the flush in progress and later ones reject', async () => {
    const arrival = deferred();
    const { url, connections } = await serve(() => arrival.resolve());
    const reporter = reporterTo(url);
    const failure = failureOf(reporter.flushMetrics([metric()]));
    await arrival.promise;
    await reporter.close();
    expect(await failure).toMatchObject({ code: 'ERR_THREADSTATS_REPORTER_CLOSED', cause: { retryable: false } });
    expect(await failureOf(reporter.flushMetrics([metric()]))).toMatchObject({ code: 'ERR_THREADSTATS_REPORTER_CLOSED' });
    expect(connections).toHaveLength(1);
    await reporter.close();
  });
});
