import { describe, expect, test } from 'vitest';
import { HttpReporter, type MetricRow, type Reporter } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { QUICK_RETRIES_FLAGS, runFixture, SLOW_TIMERS_FLAGS } from '../support/child-process.js';
import { rowsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { useQuickRetries } from './support/quick-retries.js';

useQuickRetries();

describe.each(engineNames)('on the %s engine', (engine) => {
  test('rows that a flush could not send in an outage are pending, and stop() delivers them', async () => {
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
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 3 });
      expect(rowsOf(stats)).toEqual({ sent: 0, pending: 3 * flush, dropped: {} });
      expect(stats.telemetry.queueBytes).toBeGreaterThan(0);
    }
    // The whole outage is one error, though three endpoints and five flushes met it.
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_UNAVAILABLE', rowsSent: 0, rowsDropped: 0 }]);
    recover();
    record();
    expect(await stats.stop()).toEqual({ metrics: 1, distributions: 1, events: 1, pending: 0 });
    expect(rowsOf(stats)).toEqual({ sent: 18, pending: 0, dropped: {} });
    expect(intake.metrics).toHaveLength(6);
    expect(intake.distributions).toHaveLength(6);
    expect(intake.events).toHaveLength(6);
    expect(intake.stored().metric('g')).toMatchObject([{ points: [[START, 1]] }]);
    expect(intake.stored().values('d')).toEqual([1, 1, 1, 1, 1, 1]);
    expect(stats.telemetry.retries).toBeGreaterThan(0);
    expect(errors).toHaveLength(1);
  });

  test('rows that stop() cannot deliver in time are dropped, counted and reported', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'reset' }, { times: Number.POSITIVE_INFINITY });
    const { stats, errors } = startClient(engine, { reporter: undefined, url: intake.url, apiKey: 'key' });
    stats.gauge('g', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ pending: 1 });
    stats.gauge('g', 2);
    expect(await stats.stop({ timeout: 300 })).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { closed: 2 } });
    const codes = errors.map((error) => (error as { code?: string }).code);
    expect(codes.sort()).toEqual(['ERR_THREADSTATS_INTAKE_UNREACHABLE', 'ERR_THREADSTATS_REPORTER_CLOSED']);
    // A request that was in flight lies in the buffer of its socket still, and is read in the next turns.
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve));
    const { length } = intake.requests;
    await new Promise((resolve) => setImmediate(resolve));
    expect(intake.requests).toHaveLength(length);
  });

  test.each(['manual', 'worker'] as const)(
    'stop() asks for a new key in its time, and sends everything with it (%s)',
    async (flushMode) => {
      await using intake = await startIntake({ apiKey: 'new' });
      const keys = ['old', 'old', 'old'];
      const options = { reporter: undefined, url: intake.url, apiKey: () => keys.shift() ?? 'new' };
      const { stats, errors } = startClient(engine, options, { flushMode, flushInterval: 3600 });
      stats.gauge('g', 1);
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
      expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_FORBIDDEN' }]);
      await stats.stop({ timeout: 100_000 });
      expect(rowsOf(stats)).toEqual({ sent: 1, pending: 0, dropped: {} });
      expect(intake.metrics).toHaveLength(1);
    },
  );

  test('rows are counted through a reporter that wraps an HttpReporter', async () => {
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

// They run at the same time, because most of them wait for the five seconds that a client has at the end of its process.
describe.concurrent('at the end of a process', () => {
  test.each(['manual', 'worker'])(
    'with flushMode %s, an outage loses what was recorded before, and nothing that is recorded later if the process goes on',
    async (FLUSH_MODE) => {
      await using intake = await startIntake();
      const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
      const env = { DD_URL: intake.url, DD_API_KEY: 'key', FLUSH_MODE };
      const ended = await runFixture('going-on', { env, flags: QUICK_RETRIES_FLAGS, onLine: recover });
      expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
      const { dropped, rows } = JSON.parse(ended.stdout);
      expect(dropped).toMatchObject({ notStarted: 0, stopped: 0 });
      expect(rows).toMatchObject({ sent: 0, pending: 0, dropped: { closed: 1 } });
      expect(intake.metric('before')).toHaveLength(0);
      expect(intake.metric('after')).toHaveLength(1);
    },
  );

  test('an intake that never answers does not keep the process alive, though every error records a sample', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    // The timers of requests, of fifteen seconds, never fire. The process would not end if a flush that begins when the five seconds
    // are over left a request in flight.
    const env = { DD_URL: intake.url, DD_API_KEY: 'key', SLOW_FROM: '8000' };
    const ended = await runFixture('hanging-intake', { env, flags: SLOW_TIMERS_FLAGS });
    expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
    const rows = JSON.parse(ended.stdout);
    expect(rows).toMatchObject({ sent: 0, pending: 0 });
    expect(rows.dropped.closed).toBeGreaterThanOrEqual(3);
  });

  test('an intake that fails at first receives everything', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 500 }, { times: 4 });
    const ended = await runFixture('natural-end', { env: { DD_URL: intake.url, DD_API_KEY: 'key' }, flags: QUICK_RETRIES_FLAGS });
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).not.toContain('not delivered');
    expect(intake.metric('ended')).toHaveLength(1);
    expect(intake.distribution('child.values')).toHaveLength(1);
    expect(intake.events).toHaveLength(1);
  });

  test('a refused API key does not keep the process alive: nobody will replace it', async () => {
    await using intake = await startIntake({ apiKey: 'another' });
    const env = { DD_URL: intake.url, DD_API_KEY: 'key' };
    const ended = await runFixture('natural-end', { env, flags: SLOW_TIMERS_FLAGS });
    expect(ended.exitCode).toBe(0);
    expect(ended.stderr).toMatch(/ERR_THREADSTATS_INTAKE_FORBIDDEN.*DD_API_KEY or DATADOG_API_KEY/);
    expect(ended.stderr).toMatch(/ERR_THREADSTATS_REPORTER_CLOSED.*were not delivered/);
  });
});
