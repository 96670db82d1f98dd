import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  MemoryReporter,
  MissingApiKeyError,
  NullReporter,
  type StartOptions,
  ThreadStats,
  ThreadStatsError,
  type ThreadStatsOptions,
} from '../../src/index.js';
import { deferred, dropsOf, makeClient, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** Calls every recording method of a client and of its handles once, and `event`. */
function recordEverything(stats: ThreadStats): void {
  stats.gauge('g', 1);
  stats.set('s', 'a');
  stats.increment('c');
  stats.decrement('c');
  stats.histogram('h', 1);
  stats.distribution('d', 1);
  stats.timing('t', 1);
  stats.timer('t').stop();
  stats.timed('t')(() => {})();
  stats.createCounter('c').increment();
  stats.createCounter('c').decrement();
  stats.createGauge('g').set(1);
  stats.createSet('s').add('a');
  stats.createHistogram('h').record(1);
  stats.createTiming('t').record(1);
  stats.createTiming('t').timer().stop();
  stats.createDistribution('d').record(1);
  stats.child({ namespace: 'n' }).increment('c');
  stats.event('e', '');
}
const SAMPLES = 18;

describe.each(engineNames)('on the %s engine', (engine) => {
  test('samples and events before start are dropped, counted and reported once', async () => {
    const { stats, reporter, errors } = makeClient(engine);
    recordEverything(stats);
    expect(stats.telemetry).toMatchObject({ samples: SAMPLES, applied: 0, contexts: 0 });
    expect(dropsOf(stats)).toEqual({ notStarted: SAMPLES, eventNotStarted: 1 });
    expect(errors).toMatchObject([
      {
        code: 'ERR_THREADSTATS_SAMPLE_NOT_STARTED',
        message: expect.stringMatching(/^Dropped a gauge sample of 'g': call start\(\) first\. Reported once/),
      },
      {
        code: 'ERR_THREADSTATS_SAMPLE_EVENT_NOT_STARTED',
        message: expect.stringMatching(/^Dropped the event 'e': call start\(\) first\. Reported once/),
      },
    ]);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });

    stats.start({ flushMode: 'manual' });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect([...reporter.metrics, ...reporter.distributions, ...reporter.events]).toEqual([]);
    recordEverything(stats);
    expect(stats.telemetry).toMatchObject({ samples: 2 * SAMPLES, applied: SAMPLES });
  });

  test('start returns the client, and a second call has no effect; one with other options is reported once', async () => {
    const { stats, reporter, errors } = makeClient(engine);
    const options = { flushMode: 'manual', rollUpInterval: 20, device: 'sda' } as const;
    expect(stats.start(options)).toBe(stats);
    stats.gauge('users', 1);
    stats.start();
    stats.start({});
    stats.start({ rollUpInterval: undefined });
    stats.start({ ...options, handleSignals: false });
    expect(errors).toEqual([]);
    expect(stats.start({ flushMode: 'manual', rollUpInterval: 5, device: 'sdb', disabled: true })).toBe(stats);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_STARTED', message: expect.stringContaining('has no effect') }]);
    stats.start({ flushMode: 'timer' });
    expect(errors).toHaveLength(1);
    stats.gauge('users', 2);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 2]], device: 'sda', interval: 20 }]);
  });

  test.each<[ThreadStatsOptions, StartOptions, StartOptions]>([
    [{}, {}, { disabled: false }],
    [{}, {}, { device: '' }],
    [{ device: 'sda' }, {}, { device: 'sda' }],
    [{}, { handleSignals: ['SIGINT', 'SIGTERM'] }, { handleSignals: true }],
    [{}, { handleSignals: ['SIGHUP', 'SIGHUP'] }, { handleSignals: ['SIGHUP'] }],
  ])('of a client with %o, start(%o) and start(%o) have the same options', (options, first, second) => {
    const { stats, errors } = startClient(engine, options, first);
    stats.start({ flushMode: 'manual', ...second });
    expect(errors).toEqual([]);
    stats.start({ flushMode: 'manual', device: 'sdb' });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_STARTED' }]);
  });

  test('a disabled client records, counts, flushes and reports nothing', async () => {
    const { stats, reporter, errors } = startClient(engine, {}, { disabled: true });
    const bad = (work: () => void): void => expect(work).not.toThrow();
    recordEverything(stats);
    bad(() => stats.gauge('', Number.NaN));
    bad(() => stats.createGauge('g').set('x' as never));
    bad(() => stats.createSet('g').add({} as never));
    bad(() => stats.event('', 7 as never));
    expect(stats.timed('t')((a: number) => a + 1)(1)).toBe(2);
    expect(stats.timer('t').stop()).toBeGreaterThanOrEqual(0);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });
    stats.start({ flushMode: 'manual' });
    recordEverything(stats);
    expect(await stats.stop()).toEqual({ metrics: 0, distributions: 0, events: 0, pending: 0 });
    recordEverything(stats);
    expect([...reporter.metrics, ...reporter.distributions, ...reporter.events]).toEqual([]);
    expect(stats.telemetry).toMatchObject({ samples: 0, applied: 0, contexts: 0, flushes: 0 });
    expect(dropsOf(stats)).toEqual({});
    expect(errors).toEqual([]);
  });

  test('a disabled client does not throw, even if it is strict', () => {
    const { stats } = startClient(engine, { strict: true }, { disabled: true });
    expect(() => stats.gauge('', Number.NaN)).not.toThrow();
    expect(() => stats.createGauge('g').set(Number.NaN)).not.toThrow();
    expect(() => stats.event('', '')).not.toThrow();
  });
});

test('the default reporter needs an API key, unless the client is disabled', () => {
  const stats = new ThreadStats({ onError: () => {} });
  expect(() => stats.start()).toThrow(MissingApiKeyError);
  expect(() => stats.start()).toThrow(/DD_API_KEY or DATADOG_API_KEY/);
  stats.increment('x');
  expect(dropsOf(stats)).toEqual({ notStarted: 1 });
  expect(() => new ThreadStats().start({ disabled: true })).not.toThrow();
});

test.each(['DD_API_KEY', 'DATADOG_API_KEY'])('%s is read when the client is constructed', async (variable) => {
  vi.stubEnv(variable, 'a-key');
  const stats = new ThreadStats({ onError: () => {} });
  vi.unstubAllEnvs();
  expect(() => stats.start({ flushMode: 'manual' })).not.toThrow();
  await stats.stop();
});

test('a client that was stopped cannot be started again', async () => {
  for (const start of [
    () => {},
    (stats: ThreadStats) => stats.start(),
    (stats: ThreadStats) => stats.start({ disabled: true }),
  ]) {
    const stats = new ThreadStats({ reporter: new NullReporter() });
    start(stats);
    await stats.stop();
    expect(() => stats.start()).toThrow(ThreadStatsError);
    expect(() => stats.start()).toThrow(expect.objectContaining({ code: 'ERR_THREADSTATS_STOPPED' }));
  }
});

test('a bad option of start throws, and the client is not started', () => {
  const stats = new ThreadStats({ reporter: new NullReporter(), onError: () => {} });
  expect(() => stats.start({ flushMode: 'worker' })).toThrow(RangeError);
  expect(() => stats.start({ flushMode: 'worker' })).toThrow(/`flushMode` is 'worker'; accepted is 'timer' or 'manual' beside a/);
  expect(() => stats.start({ rollUpInterval: 0 })).toThrow(/`rollUpInterval` is 0; accepted is an integer from 1 to 3600/);
  stats.increment('x');
  expect(dropsOf(stats)).toEqual({ notStarted: 1 });
});

describe('the timer', () => {
  const SECOND = 1000;

  /** Stops the time of timers and clocks. The function that is returned advances it. Flushes go on in real time. */
  function useTimers(): (seconds: number) => Promise<void> {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'], now: START * SECOND });
    return async (seconds) => {
      await vi.advanceTimersByTimeAsync(seconds * SECOND);
    };
  }

  test('flushes the intervals that have ended every ten seconds by default', async () => {
    const advance = useTimers();
    const reporter = new MemoryReporter();
    const stats = new ThreadStats({ reporter }).start();
    const seen: number[] = [];
    for (let i = 0; i < 4; i++) {
      await advance(5);
      stats.increment('x', 10);
      // This flush reports nothing, but waits for the flush of the timer.
      await stats.flush(0);
      seen.push(reporter.metrics.length);
    }
    expect(seen).toEqual([0, 1, 1, 2]);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 1]] }, { points: [[START + 10, 2]] }]);
    await stats.stop();
    expect(valuesOf(reporter)).toEqual({ x: [1, 2, 1] });
  });

  test('flushes every flushInterval seconds until stop', async () => {
    const advance = useTimers();
    const flushEvents = vi.fn();
    const reporter = { flushMetrics() {}, flushDistributions() {}, flushEvents };
    const stats = new ThreadStats({ reporter }).start({ flushInterval: 0.5 });
    for (let i = 0; i < 4; i++) {
      stats.event('e', '');
      await advance(0.5);
      await stats.flush(0);
    }
    expect(flushEvents).toHaveBeenCalledTimes(4);
    const { flushes } = stats.telemetry;
    await stats.stop();
    await advance(60);
    expect(stats.telemetry.flushes).toBe(flushes + 1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('does not flush again while a flush is running', async () => {
    const advance = useTimers();
    const answer = deferred();
    const flushEvents = vi.fn(() => answer.promise);
    const reporter = { flushMetrics() {}, flushDistributions() {}, flushEvents };
    const stats = new ThreadStats({ reporter }).start({ flushInterval: 1 });
    stats.event('first', '');
    await advance(1);
    stats.event('second', '');
    await advance(30);
    expect(flushEvents).toHaveBeenCalledTimes(1);
    answer.resolve();
    await stats.flush(0);
    expect(flushEvents).toHaveBeenCalledTimes(2);
    expect(stats.telemetry.flushes).toBe(2);
    await stats.stop();
  });

  test('does not run in manual mode', async () => {
    const advance = useTimers();
    const stats = new ThreadStats({ reporter: new NullReporter() }).start({ flushMode: 'manual', flushInterval: 1 });
    expect(vi.getTimerCount()).toBe(0);
    await advance(60);
    expect(stats.telemetry.flushes).toBe(0);
    await stats.stop();
  });
});

describe('with DD_METRICS_ENABLED=false', () => {
  function startDisabled(options?: StartOptions): ThreadStats {
    vi.stubEnv('DD_METRICS_ENABLED', 'false');
    onTestFinished(() => void vi.unstubAllEnvs());
    return new ThreadStats().start({ flushMode: 'manual', ...options });
  }

  test('a client starts without an API key, and records nothing', async () => {
    const stats = startDisabled();
    stats.increment('x');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0 });
    expect(stats.telemetry.samples).toBe(0);
  });

  test('the option `disabled` of start counts more', () => {
    expect(() => startDisabled({ disabled: false })).toThrow(MissingApiKeyError);
  });
});
