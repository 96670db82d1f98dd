import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { repetitions } from '../engine/support/variants.js';
import { thrower } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { hideBuiltin } from '../support/hide-builtin.js';
import { HOSTILE } from '../support/odd-values.js';
import { replaceWorkers, rowsOf, startWorkerClient, watchWorkers } from './support.js';

const START = 1_000_000_000;

/** Rounds with more values than a slice and a reservoir hold; the others only bring new contexts. */
const LARGE_ROUNDS = [0, 7];

/** Records whatever rows can have: all kinds, hosts, tags in any order, texts that JSON escapes. */
function recordAll(stats: ThreadStats, round: number): void {
  const odd = stats.child({ namespace: 'child "quoted"', tags: ['größe:ß', 'quote:"\\'], host: 'höst' });
  const isLarge = LARGE_ROUNDS.includes(round);
  for (let i = 0; i < (isLarge ? 3000 : 700); i++) {
    stats.increment('counter', i, [`i:${i % 700}`, `round:${round}`]);
    stats.histogram('histogram', Math.sin(i) * 1e6, i % 3 ? ['a:1'] : ['b:2', 'a:1']);
    stats.timing('timing', i / 7, { host: `host-${i % 5}` });
    stats.set('set', `member ${i % 50}`);
    odd.gauge('gauge', -i, ['own:tag']);
  }
  for (let i = 0; i < (isLarge ? 20_000 : 100); i++) stats.distribution('long', i / 3);
  stats.increment('ordered', 1, ['z:1', 'y:2']);
  stats.increment('ordered', 1, ['y:2', 'z:1']);
  stats.gauge('old', 1, { timestamp: START - 1000, tags: ['y:2', 'z:1'] });
  stats.gauge('old', 1, ['z:1', 'y:2']);
  stats.gauge('constant among its own', 1, ['constant:1', 'own:2']);
  stats.event('title', 'text\n"quoted"', { tags: ['a:b'] });
}

function contents({ metrics, distributions, events }: Intake): object {
  const sorted = (rows: readonly object[]): string[] => rows.map((row) => JSON.stringify(row)).sort();
  // How a long distribution is divided into rows depends on how it was read.
  const values = new Map<string, number[]>();
  for (const { metric, points, tags } of distributions) {
    const key = JSON.stringify([metric, tags, points[0][0]]);
    values.set(key, [...(values.get(key) ?? []), ...points[0][1]]);
  }
  return { metrics: sorted(metrics), distributions: [...values], events: sorted(events) };
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(['v2', 'v1'] as const)('a worker sends to %s what the main thread does, flush after flush', async (apiVersion) => {
    await using byWorker = await startIntake();
    await using byTimer = await startIntake();
    let seconds = START;
    const shared = {
      apiVersion,
      constantTags: ['constant:1'],
      device: 'a "device"',
      percentiles: [0, 0.5, 0.999, 1],
      aggregates: ['min', 'max', 'count', 'avg', 'sum', 'median'] as const,
      // Contexts of earlier rounds make room, and their ids are used again.
      maxContexts: 2000,
      clock: () => seconds * 1000,
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
      seconds += 10;
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
    // The outage goes on, and was reported before.
    expect(errors.slice(known)).toEqual([]);
    recover();
    await stats.stop();
    expect(rowsOf(stats)).toEqual({ sent: 4, pending: 0, dropped: 0 });
    expect(intake.metrics.map(({ metric }) => metric).sort()).toEqual(['a', 'b']);
    expect(stats.telemetry).toMatchObject({ payloads: 4, queueBytes: 0, retries: expect.any(Number) });
    expect(stats.telemetry.retries).toBeGreaterThan(0);
  });

  test.each([0, 1, 5, 20, 60])('after a stop() with a timeout of %d ms, every row is sent or dropped', async (timeout) => {
    await using intake = await startIntake();
    const { stats } = startWorkerClient(engine, intake.url);
    const counters = repetitions(60_000, 15_000);
    for (let i = 0; i < counters; i++) stats.increment('counter', 1, [`i:${i}`]);
    for (let i = 0; i < counters / 3; i++) stats.distribution('values', i, [`i:${i % 1000}`]);
    stats.event('title', 'text');
    await stats.stop({ timeout });
    const { sent, pending, dropped } = rowsOf(stats);
    expect(pending).toBe(0);
    expect(sent + dropped).toBe(counters + 1000 + 1);
    expect(sent).toBeLessThanOrEqual(intake.metrics.length + intake.distributions.length + intake.events.length);
  });
});

test('flushes of the same size share the memory of their slices, one after the other', async () => {
  const Shared = SharedArrayBuffer;
  let allocatedBytes = 0;
  function Counting(bytes: number): SharedArrayBuffer {
    allocatedBytes += bytes;
    return new Shared(bytes);
  }
  await using intake = await startIntake();
  const { stats } = startWorkerClient(engineNames[0], intake.url);
  vi.stubGlobal('SharedArrayBuffer', Counting);
  onTestFinished(() => void vi.unstubAllGlobals());
  const allocated: number[] = [];
  for (let flush = 0; flush < 5; flush++) {
    allocatedBytes = 0;
    for (let i = 0; i < 80_000; i++) stats.distribution('values', flush * 1e6 + i, [`part:${i % 40}`, `flush:${flush}`]);
    await stats.flush(Number.POSITIVE_INFINITY);
    allocated.push(allocatedBytes);
  }
  expect(allocated[0]).toBeGreaterThan(80_000 * 8);
  expect(allocated.slice(1)).toEqual([0, 0, 0, 0]);
  const values = intake.distributions.flatMap(({ points }) => points[0][1]);
  const expected = Array.from({ length: 5 }, (_, flush) => Array.from({ length: 80_000 }, (_, i) => flush * 1e6 + i)).flat();
  expect(Float64Array.from(values).sort()).toEqual(Float64Array.from(expected));
});

test('requests of the worker are published on the main thread', async () => {
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

test('a function that provides the API key is called again when the intake refuses the key', async () => {
  await using intake = await startIntake({ apiKey: 'second' });
  const keys = ['first', 'second'];
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url, { apiKey: async () => keys.shift()! });
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1 });
  expect(keys).toEqual([]);
  expect(errors).toEqual([]);
});

test('the error about a failed API key function does not show what it threw', async () => {
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

test.each<[string, () => unknown]>([
  ['an error with a name that throws', () => Object.defineProperty(new Error('x'), 'name', { get: thrower('hostile') })],
  ['a proxy whose every operation throws', () => HOSTILE],
  ['an object without a prototype', () => Object.create(null)],
  ['a symbol', () => Symbol('x')],
  ['nothing', () => undefined],
])('a function that provides the API key may throw %s', async (_, thrown) => {
  await using intake = await startIntake();
  const apiKey = (): string => {
    throw thrown();
  };
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url, { apiKey });
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_API_KEY' }]);
});

test.each<[string, () => unknown]>([
  ['a promise that rejects with an odd error', () => Promise.reject(HOSTILE)],
  ['a thenable whose then throws', () => Object.defineProperty({}, 'then', { get: thrower('hostile') })],
  ['a proxy whose every operation throws', () => HOSTILE],
  ['an object without a prototype', () => Object.create(null)],
])('a function that provides the API key may return %s', async (_, returned) => {
  await using intake = await startIntake();
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url, { apiKey: returned as () => string });
  stats.increment('a');
  expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_API_KEY' }]);
});

test('starting a worker without an API key throws', () => {
  expect(() => new ThreadStats().start({ flushMode: 'worker' })).toThrow(/No Datadog API key/);
});

test('neither the source nor the environment of the worker contains the API key', async () => {
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

test('stop() ends the worker', async () => {
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
  ['the runtime has no workers', 'missing'],
  ['workers are not permitted', 'refused'],
])('where %s, the main thread sends everything, and onError is told once', async (_, how) => {
  await using intake = await startIntake();
  if (how === 'refused') {
    replaceWorkers(() => {
      throw Object.assign(new Error('Access to this API has been restricted'), { code: 'ERR_ACCESS_DENIED' });
    });
  } else {
    hideBuiltin('node:worker_threads');
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
