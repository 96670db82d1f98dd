import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpReporter, type MetricRow, type Reporter } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { rowsOf, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a flush during an outage tells what is pending, which stop delivers', async () => {
    await using intake = await startIntake();
    const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    const { stats, errors } = startClient(engine, { reporter: undefined, url: intake.url, apiKey: 'key' });
    const record = (): void => {
      stats.gauge('g', 1);
      stats.distribution('d', 1);
      stats.event('e', 'text');
    };
    for (let flush = 1; flush <= 5; flush++) {
      record();
      const result = await stats.flush(Number.POSITIVE_INFINITY);
      expect(result).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 3 });
      expect(rowsOf(stats)).toEqual({ sent: 0, pending: 3 * flush, dropped: {} });
      expect(stats.telemetry.queueBytes).toBeGreaterThan(0);
    }
    // The whole outage is one error, though three endpoints and five flushes met it.
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_UNAVAILABLE', rowsSent: 0, rowsDropped: 0 }]);
    recover();
    record();
    expect(await stats.stop()).toEqual({ metrics: 1, distributions: 1, events: 1, pending: 0 });
    expect(rowsOf(stats)).toEqual({ sent: 18, pending: 0, dropped: {} });
    expect([intake.metrics.length, intake.distributions.length, intake.events.length]).toEqual([6, 6, 6]);
    expect(stats.telemetry.retries).toBeGreaterThan(0);
    expect(errors).toHaveLength(1);
  });

  test('what stop cannot deliver in time is dropped, counted and reported', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'reset' }, { times: Number.POSITIVE_INFINITY });
    const { stats, errors } = startClient(engine, { reporter: undefined, url: intake.url, apiKey: 'key' });
    stats.gauge('g', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ pending: 1 });
    stats.gauge('g', 2);
    const begin = performance.now();
    expect(await stats.stop({ timeout: 300 })).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });
    expect(performance.now() - begin).toBeLessThan(1400);
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { closed: 2 } });
    expect(errors.map((error) => (error as { code?: string }).code).sort()).toEqual([
      'ERR_THREADSTATS_INTAKE_UNREACHABLE',
      'ERR_THREADSTATS_REPORTER_CLOSED',
    ]);
    const { length } = intake.requests;
    await new Promise((resolve) => setImmediate(resolve));
    expect(intake.requests).toHaveLength(length);
  });

  test('a reporter around an HttpReporter passes on what it tells', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 500 });
    const http = new HttpReporter({ url: intake.url, apiKey: 'key' });
    const around: Reporter = {
      flushMetrics: (rows: MetricRow[]) => http.flushMetrics(rows),
      flushDistributions: (rows) => http.flushDistributions(rows),
      flushEvents: (rows) => http.flushEvents(rows),
      drain: (milliseconds) => http.drain(milliseconds),
      close: () => http.close(),
      get telemetry() {
        return http.telemetry;
      },
    };
    const { stats } = startClient(engine, { reporter: around });
    stats.gauge('g', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 1, dropped: {} });
    await stats.stop();
    expect(rowsOf(stats)).toEqual({ sent: 1, pending: 0, dropped: {} });
    expect(intake.metrics).toHaveLength(1);
  });
});

test('a script whose intake fails at first loses nothing at its end', async () => {
  await using intake = await startIntake();
  intake.answer({ statusCode: 500 }, { times: 4 });
  const ended = await runFixture('natural-end', { env: { DD_URL: intake.url, DD_API_KEY: 'key' } });
  expect(ended.exitCode).toBe(0);
  expect(ended.stderr).not.toContain('not delivered');
  expect(intake.metric('ended')).toHaveLength(1);
  expect(intake.distribution('child.values')).toHaveLength(1);
  expect(intake.events).toHaveLength(1);
});

test('a script whose key is refused does not wait for a better one', async () => {
  await using intake = await startIntake({ apiKey: 'another' });
  const ended = await runFixture('natural-end', { env: { DD_URL: intake.url, DD_API_KEY: 'key' } });
  expect(ended.exitCode).toBe(0);
  expect(ended.milliseconds).toBeLessThan(4000);
  expect(ended.stderr).toMatch(/ERR_THREADSTATS_INTAKE_FORBIDDEN.*DD_API_KEY or DATADOG_API_KEY/);
  expect(ended.stderr).toMatch(/ERR_THREADSTATS_REPORTER_CLOSED.*were not delivered/);
});

test.each(['manual', 'worker'])(
  'with flushMode %s, a process that goes on after it had nothing to do in an outage has lost what waited, and nothing later',
  async (FLUSH_MODE) => {
    await using intake = await startIntake();
    const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    const env = { DD_URL: intake.url, DD_API_KEY: 'key', FLUSH_MODE };
    const ended = await runFixture('going-on', { env, onLine: recover });
    expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
    const { dropped, rows } = JSON.parse(ended.stdout);
    expect(dropped.notStarted).toBe(0);
    expect(rows).toMatchObject({ sent: 0, pending: 0, dropped: { closed: 1 } });
    expect(intake.metric('before')).toHaveLength(0);
    expect(intake.metric('after')).toHaveLength(1);
  },
);

test('an intake that never answers holds the end of a process up for five seconds, and one to close, whatever records', async () => {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;
  const ended = await runFixture('hanging-intake', { env: { DD_URL: `http://127.0.0.1:${port}`, DD_API_KEY: 'key' } });
  expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
  const { sent, pending, dropped } = JSON.parse(ended.stdout);
  expect([sent, pending]).toEqual([0, 0]);
  expect(dropped.closed).toBeGreaterThanOrEqual(3);
  expect(ended.milliseconds).toBeLessThan(8000);
});
