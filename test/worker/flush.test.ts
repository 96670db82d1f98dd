import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test } from 'vitest';
import { MemoryReporter, ThreadStats } from '../../src/index.js';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { engineNames } from '../support/engines.js';
import { replaceWorkers, rowsOf, startWorkerClient, watchWorkers } from './support.js';

const START = 1_000_000_000;

/** Everything that rows can have: all kinds, hosts, orders of tags, texts that JSON escapes, values beyond a slice and a reservoir. */
function recordAll(stats: ThreadStats, round: number): void {
  const odd = stats.child({ namespace: 'child "quoted"', tags: ['größe:ß', 'quote:"\\'], host: 'höst' });
  for (let i = 0; i < 3000; i++) {
    stats.increment('counter', i, [`i:${i % 700}`, `round:${round}`]);
    stats.histogram('histogram', Math.sin(i) * 1e6, i % 3 ? ['a:1'] : ['b:2', 'a:1']);
    stats.timing('timing', i / 7, { host: `host-${i % 5}` });
    stats.set('set', `member ${i % 50}`);
    odd.gauge('gauge', -i, ['own:tag']);
  }
  for (let i = 0; i < 20_000; i++) stats.distribution('long', i / 3);
  stats.increment('ordered', 1, ['z:1', 'y:2']);
  stats.increment('ordered', 1, ['y:2', 'z:1']);
  stats.gauge('old', 1, { timestamp: START - 1000, tags: ['y:2', 'z:1'] });
  stats.gauge('old', 1, ['z:1', 'y:2']);
  stats.gauge('constant among its own', 1, ['constant:1', 'own:2']);
  stats.event('title', 'text\n"quoted"', { tags: ['a:b'] });
}

function contents({ metrics, distributions, events }: Intake): object {
  const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
  // A distribution that is long comes in rows that depend on how it was read.
  const values = new Map<string, number[]>();
  for (const { metric, points, tags } of distributions) {
    const key = JSON.stringify([metric, tags, points[0][0]]);
    values.set(key, [...(values.get(key) ?? []), ...points[0][1]]);
  }
  return { metrics: sorted(metrics), distributions: [...values], events: sorted(events) };
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(['v2', 'v1'] as const)('a worker sends to %s what the timer does, flush after flush', async (apiVersion) => {
    await using byWorker = await startIntake();
    await using byTimer = await startIntake();
    const shared = {
      apiVersion,
      constantTags: ['constant:1'],
      device: 'a "device"',
      percentiles: [0, 0.5, 0.999, 1],
      aggregates: ['min', 'max', 'count', 'avg', 'sum', 'median'] as const,
      // Those of the rounds before make room, and their ids are given again.
      maxContexts: 2000,
      clock: () => START * 1000,
    };
    const { stats, errors } = startWorkerClient(engine, byWorker.url, shared);
    const timer = startWorkerClient(engine, byTimer.url, shared, { flushMode: 'manual' });
    for (let round = 0; round < 14; round++) {
      recordAll(stats, round);
      recordAll(timer.stats, round);
      const results = await Promise.all([stats.flush(Number.POSITIVE_INFINITY), timer.stats.flush(Number.POSITIVE_INFINITY)]);
      expect(results[0]).toEqual({ ...results[1], distributions: expect.any(Number) });
      expect(contents(byWorker)).toEqual(contents(byTimer));
      byWorker.clear();
      byTimer.clear();
    }
    expect(errors).toEqual(timer.errors);
    expect(rowsOf(stats)).toMatchObject({ pending: 0, dropped: 0 });
  });

  test('rows are accounted for while the intake fails, and sent when it is back', async () => {
    await using intake = await startIntake();
    const { stats, errors } = startWorkerClient(engine, intake.url);
    const recover = intake.answer({ statusCode: 500 }, { times: Number.POSITIVE_INFINITY });
    stats.increment('a', 10);
    stats.distribution('d', 1);
    stats.event('title', 'text');
    const flushed = stats.flush(Number.POSITIVE_INFINITY);
    expect(await flushed).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 3 });
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 3, dropped: 0 });
    expect(errors.length).toBeGreaterThan(0);
    for (const error of errors) {
      expect(error).toMatchObject({ name: 'DeliveryError', cause: { name: 'IntakeError', statusCode: 500, retryable: true } });
      expect(String(error.stack)).not.toContain('a-key');
    }
    const known = errors.length;
    stats.increment('b', 10);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ pending: 1 });
    // The outage was reported, and goes on.
    expect(errors.slice(known)).toEqual([]);
    recover();
    await stats.stop();
    expect(rowsOf(stats)).toEqual({ sent: 4, pending: 0, dropped: 0 });
    expect(intake.metrics.map(({ metric }) => metric).sort()).toEqual(['a', 'b']);
    expect(stats.telemetry).toMatchObject({ payloads: 4, queueBytes: 0, retries: expect.any(Number) });
    expect(stats.telemetry.retries).toBeGreaterThan(0);
  });

  test.each([0, 1, 5, 20, 60])('a stop that gives the flush %d ms leaves no row unaccounted for', async (timeout) => {
    await using intake = await startIntake();
    const { stats } = startWorkerClient(engine, intake.url);
    for (let i = 0; i < 60_000; i++) stats.increment('counter', 1, [`i:${i}`]);
    for (let i = 0; i < 20_000; i++) stats.distribution('values', i, [`i:${i % 1000}`]);
    stats.event('title', 'text');
    await stats.stop({ timeout });
    const { sent, pending, dropped } = rowsOf(stats);
    expect(pending).toBe(0);
    expect(sent + dropped).toBe(61_001);
    expect(sent).toBeLessThanOrEqual(intake.metrics.length + intake.distributions.length + intake.events.length);
  });
});

test('what happens in the worker is published here', async () => {
  await using intake = await startIntake();
  const { stats } = startWorkerClient(engineNames[0], intake.url);
  const messages: unknown[] = [];
  const onMessage = (message: unknown): void => void messages.push(message);
  subscribe('threadstats:payload', onMessage);
  onTestFinished(() => void unsubscribe('threadstats:payload', onMessage));
  stats.increment('a');
  await stats.flush(Number.POSITIVE_INFINITY);
  expect(messages).toEqual([expect.objectContaining({ path: '/api/v2/series', rows: 1, outcome: 'accepted' })]);
});

test('a function gives the worker the API key, and is asked again when that is refused', async () => {
  await using intake = await startIntake({ apiKey: 'second' });
  const keys = ['first', 'second'];
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url, { apiKey: async () => keys.shift()! });
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1 });
  expect({ keys, errors }).toEqual({ keys: [], errors: [] });
});

test('a function that fails is an error that does not show what it threw', async () => {
  await using intake = await startIntake();
  const apiKey = (): string => {
    throw new RangeError('secret');
  };
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url, { apiKey });
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_API_KEY' }]);
  expect(errors[0].message).toMatch(/RangeError/);
  expect(errors[0].message).not.toMatch(/secret/);
});

test("a worker is not for a reporter of the application's, which the error says", () => {
  const stats = new ThreadStats({ reporter: new MemoryReporter() });
  expect(() => stats.start({ flushMode: 'worker' })).toThrow(RangeError);
  expect(() => stats.start({ flushMode: 'worker' })).toThrow(/`flushMode` is 'worker'; accepted is 'timer' or 'manual' beside a/);
  stats.start({ flushMode: 'manual' });
});

test('a worker needs an API key, too', () => {
  expect(() => new ThreadStats().start({ flushMode: 'worker' })).toThrow(/No Datadog API key/);
});

test('the worker gets nothing of the environment, and no API key but by message', async () => {
  await using intake = await startIntake();
  const seen: unknown[] = [];
  replaceWorkers((real, source) => {
    seen.push(source);
    return real(source);
  });
  process.env.DD_TEST_VARIABLE = 'a-key';
  onTestFinished(() => void delete process.env.DD_TEST_VARIABLE);
  const { stats } = startWorkerClient(engineNames[0], intake.url);
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1 });
  expect(JSON.stringify(seen)).not.toContain('a-key');
});

test('stop ends the worker', async () => {
  await using intake = await startIntake();
  const workers = watchWorkers();
  const { stats } = startWorkerClient(engineNames[0], intake.url);
  stats.increment('a');
  const ended = new Promise((resolve) => workers[0].once('exit', resolve));
  expect(await stats.stop()).toMatchObject({ metrics: 1 });
  await ended;
  expect(workers).toHaveLength(1);
});

test.each([
  ['there are no workers', 'missing'],
  ['none is permitted', 'refused'],
])('where %s the flush is done here, and onError hears why, once', async (_, how) => {
  await using intake = await startIntake();
  if (how === 'refused') {
    replaceWorkers(() => {
      throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
    });
  } else {
    const getBuiltinModule = process.getBuiltinModule;
    process.getBuiltinModule = (() => undefined) as unknown as typeof process.getBuiltinModule;
    onTestFinished(() => {
      process.getBuiltinModule = getBuiltinModule;
    });
  }
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url);
  for (let i = 0; i < 2; i++) {
    stats.increment('a');
    stats.event('title', 'text');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1, events: 1 });
  }
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_NO_WORKER' }]);
  expect(errors[0].message).toMatch(how === 'refused' ? /restricted/ : /this runtime has no node:worker_threads/);
  expect(rowsOf(stats)).toEqual({ sent: 4, pending: 0, dropped: 0 });
});
