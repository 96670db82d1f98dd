import { afterEach, describe, expect, test, vi } from 'vitest';
import { DeliveryError, MemoryReporter, NullReporter, type Reporter, ThreadStats } from '../../src/index.js';
import { deferred, dropsOf, makeClient, rowsOf, startClient, thrower, valuesOf } from '../support/client.js';
import '../support/conservation.js';
import { engineNames } from '../support/engines.js';

// The harness has imported the real timers.
vi.hoisted(() => vi.resetModules());
vi.mock('../../src/runtime/real-timers.js', () => import('../support/global-timers.js'));

afterEach(() => {
  vi.useRealTimers();
});

const NOTHING = { metrics: 0, distributions: 0, events: 0, pending: 0 };

describe.each(engineNames)('on the %s engine', (engine) => {
  test('stop flushes everything, the current interval included, and then closes the reporter', async () => {
    const log: string[] = [];
    const reporter: Reporter = {
      flushMetrics: async ([row]) => {
        await null;
        log.push(row.metric);
      },
      flushDistributions: ([row]) => void log.push(row.metric),
      flushEvents: ([row]) => void log.push(row.title),
      close: () => void log.push('closed'),
    };
    const { stats } = startClient(engine, { reporter });
    stats.gauge('gauge', 1);
    stats.distribution('distribution', 1);
    stats.event('event', '');
    expect(await stats.stop()).toEqual({ metrics: 1, distributions: 1, events: 1, pending: 0 });
    // The three calls do not wait for each other.
    expect(log).toEqual(['distribution', 'event', 'gauge', 'closed']);
  });

  test('further calls of stop return the first result, and close nothing again', async () => {
    const close = vi.fn();
    const { stats } = startClient(engine, { reporter: Object.assign(new MemoryReporter(), { close }) });
    stats.gauge('g', 1);
    const results = await Promise.all([stats.stop(), stats.stop({ flush: false }), stats.child().stop({ timeout: 0 })]);
    expect(results).toEqual(Array(3).fill({ ...NOTHING, metrics: 1 }));
    expect(await stats.stop()).toEqual({ ...NOTHING, metrics: 1 });
    expect(close).toHaveBeenCalledTimes(1);
  });

  test('samples and events after stop are dropped and counted', async () => {
    const { stats, reporter, errors } = startClient(engine);
    const handle = stats.createCounter('c');
    handle.increment();
    const timer = stats.timer('t');
    await stats.stop();
    handle.increment();
    timer.stop();
    stats.gauge('g', 1);
    stats.gauge('g', 1, { timestamp: 0 });
    stats.event('e', '');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual(NOTHING);
    expect(dropsOf(stats)).toEqual({ stopped: 4, eventStopped: 1 });
    expect(stats.telemetry).toMatchObject({ samples: 5, applied: 1 });
    expect(errors).toMatchObject([
      {
        code: 'ERR_THREADSTATS_SAMPLE_STOPPED',
        message: expect.stringMatching(/^Dropped a \w+ sample of '\w+': the client was stopped by stop\(\)/),
      },
      { code: 'ERR_THREADSTATS_SAMPLE_EVENT_STOPPED' },
    ]);
    expect(valuesOf(reporter)).toEqual({ c: [0.1] });
    expect(reporter.events).toEqual([]);
  });

  test('samples during the flush of stop are dropped and counted', async () => {
    const answer = deferred();
    const reporter = Object.assign(new NullReporter(), { flushMetrics: () => answer.promise });
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    const stopped = stats.stop();
    stats.gauge('g', 2);
    answer.resolve();
    expect(await stopped).toEqual({ ...NOTHING, metrics: 1 });
    expect(dropsOf(stats)).toEqual({ stopped: 1 });
  });

  test('stop without a flush delivers nothing', async () => {
    const close = vi.fn();
    const reporter = Object.assign(new MemoryReporter(), { close });
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    stats.gauge('g', 2);
    stats.event('e', '');
    expect(await stats.stop({ flush: false })).toEqual(NOTHING);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual(NOTHING);
    expect(valuesOf(reporter)).toEqual({ g: [1] });
    expect(reporter.events).toEqual([]);
    expect(close).toHaveBeenCalledTimes(1);
  });

  test.each([true, false])('a flush that was called before stop is completed (flush: %s)', async (flush) => {
    const close = vi.fn();
    const reporter = Object.assign(new MemoryReporter(), { close });
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    const first = stats.flush(Number.POSITIVE_INFINITY);
    const stopped = stats.stop({ flush });
    const later = stats.flush(Number.POSITIVE_INFINITY);
    expect(await first).toEqual({ ...NOTHING, metrics: 1 });
    expect(await stopped).toEqual(NOTHING);
    expect(await later).toEqual(NOTHING);
    expect(close).toHaveBeenCalledTimes(1);
  });
});

describe('a client that was never started', () => {
  test('can be stopped', async () => {
    const { stats, reporter } = makeClient(engineNames[0]);
    const close = vi.fn();
    Object.assign(reporter, { close });
    expect(await stats.stop()).toEqual(NOTHING);
    expect(close).not.toHaveBeenCalled();
  });
});

describe('if the reporter does not settle', () => {
  function startFake(reporter: Partial<Reporter>) {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime'] });
    const errors: Error[] = [];
    const close = vi.fn(reporter.close ?? (() => {}));
    const stats = new ThreadStats({
      reporter: Object.assign(new NullReporter(), reporter, { close }),
      onError: (error) => errors.push(error),
    }).start({ flushMode: 'manual' });
    return { stats, errors, close };
  }

  /** Measures, in fake time, after how many milliseconds a promise is fulfilled. */
  async function timeOf<Result>(promise: Promise<Result>): Promise<{ milliseconds: number; result: Result }> {
    const begin = performance.now();
    let isDone = false;
    const done = promise.then((result) => {
      isDone = true;
      return { milliseconds: performance.now() - begin, result };
    });
    // The flush yields to the real event loop, which takes no fake time.
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    while (!isDone) await vi.advanceTimersByTimeAsync(100);
    return done;
  }

  const never = (): Promise<void> => new Promise(() => {});

  test.each([
    [undefined, 5200],
    [0, 200],
    [200, 400],
    [60_000, 60_200],
  ])('stop with the timeout %s ends in time, and reports an error', async (timeout, expected) => {
    const { stats, errors, close } = startFake({ flushMetrics: never });
    stats.gauge('g', 1);
    const { milliseconds, result } = await timeOf(stats.stop({ timeout }));
    expect(result).toEqual(NOTHING);
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { closed: 1 } });
    expect(milliseconds).toBeGreaterThanOrEqual(expected);
    expect(milliseconds).toBeLessThan(expected + 101);
    expect(close).toHaveBeenCalledTimes(1);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_STOP_TIMEOUT' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('everything that waited for a flush that never ends counts as dropped, and stays so when the flush ends after all', async () => {
    const answer = deferred();
    const { stats, errors } = startFake({ flushMetrics: () => answer.promise });
    stats.gauge('g', 1);
    void stats.flush(Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setImmediate(resolve));
    stats.gauge('h', 1);
    stats.distribution('d', 1);
    stats.event('e', '');
    await timeOf(stats.stop({ timeout: 0 }));
    const expected = { sent: 0, pending: 0, dropped: { closed: 4 } };
    expect(rowsOf(stats)).toEqual(expected);
    expect(errors).toMatchObject([{ message: expect.stringContaining('4 rows count as dropped') }]);
    answer.resolve();
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(rowsOf(stats)).toEqual(expected);
  });

  test('rows that a closed reporter still counts as pending count as dropped, and onError is told', async () => {
    const rows = { sent: 0, pending: 2, dropped: {}, spooled: 0, takenOver: 0 };
    const telemetry = { payloads: 0, bytesSent: 0, retries: 0, rows };
    const { stats, errors } = startFake({ telemetry } as never);
    stats.gauge('g', 1);
    stats.gauge('h', 1);
    const { result } = await timeOf(stats.stop());
    expect(result).toMatchObject({ pending: 0 });
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { closed: 2 } });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_REPORTER_CLOSED', message: expect.stringContaining('2 rows') }]);
  });

  test('the rows of a flush that fails when the reporter is closed are counted as dropped', async () => {
    const closing = deferred();
    const { stats, errors } = startFake({
      flushMetrics: async (rows) => {
        await closing.promise;
        throw new DeliveryError('closed', 0, rows.length, new Error('closed'));
      },
      close: () => closing.resolve(),
    });
    stats.gauge('g', 1);
    stats.gauge('h', 1);
    stats.event('e', '');
    const { milliseconds, result } = await timeOf(stats.stop({ timeout: 300 }));
    expect(milliseconds).toBeLessThan(401);
    expect(result).toEqual({ ...NOTHING, events: 1 });
    expect(rowsOf(stats)).toEqual({ sent: 1, pending: 0, dropped: { reporter: 2 } });
    expect(errors).toMatchObject([{ message: 'closed' }]);
  });

  test('a reporter is not called after close, and rows that are left are counted as dropped', async () => {
    const closing = deferred();
    const log: string[] = [];
    const { stats, errors } = startFake({
      flushMetrics: ([{ metric }]) => {
        log.push(metric);
        return closing.promise;
      },
      flushDistributions: ([{ metric }]) => void log.push(metric),
      flushEvents: ([{ title }]) => void log.push(title),
      close: () => {
        log.push('closed');
        closing.resolve();
      },
    });
    stats.gauge('g', 1);
    stats.distribution('d', 1);
    stats.event('e', '');
    const first = stats.flush(Number.POSITIVE_INFINITY);
    const { milliseconds, result } = await timeOf(Promise.all([first, recordRest()]).then(([, stopped]) => stopped));
    async function recordRest() {
      await new Promise((resolve) => setImmediate(resolve));
      stats.gauge('h', 1);
      stats.gauge('i', 1);
      stats.distribution('d', 2);
      stats.event('f', '');
      return stats.stop({ timeout: 300 });
    }
    expect(milliseconds).toBeLessThan(401);
    expect(result).toEqual(NOTHING);
    expect(log).toEqual(['g', 'd', 'e', 'closed']);
    expect(stats.telemetry.flushes).toBe(2);
    expect(rowsOf(stats)).toEqual({ sent: 3, pending: 0, dropped: { closed: 4 } });
    expect(errors).toHaveLength(3);
    expect(errors[0]).toMatchObject({ code: 'ERR_THREADSTATS_REPORTER_CLOSED' });
  });

  test('closing may take the rest of the timeout, and at least 200 ms', async () => {
    for (const [timeout, expected] of [
      [5000, 5000],
      [100, 200],
    ]) {
      const { stats, errors } = startFake({ close: never });
      const { milliseconds } = await timeOf(stats.stop({ timeout }));
      expect(milliseconds).toBeGreaterThanOrEqual(expected);
      expect(milliseconds).toBeLessThan(expected + 101);
      expect(errors).toEqual([]);
      vi.useRealTimers();
    }
  });

  test('an error of close is reported', async () => {
    for (const close of [() => Promise.reject(new Error('stuck')), thrower('stuck')]) {
      const { stats, errors } = startFake({ close });
      await timeOf(stats.stop());
      expect(errors).toMatchObject([{ message: 'stuck' }]);
      vi.useRealTimers();
    }
  });
});

test.each(engineNames)('rows of a flush that a stop cuts off are counted once, though the flush goes on (%s)', async (engine) => {
  const { stats } = startClient(engine, { maxContexts: 200_000 });
  for (let i = 0; i < 100_000; i++) stats.gauge('g', 1, [`i:${i}`]);
  await stats.stop({ timeout: 0 });
  const { rows } = stats.telemetry;
  expect(rows.sent + Object.values(rows.dropped).reduce((sum, dropped) => sum + dropped)).toBe(100_000);
  // More turns than the rest of the flush needs.
  for (let i = 0; i < 200; i++) await new Promise(setImmediate);
  expect(stats.telemetry.rows).toEqual(rows);
});

test.each<[string, unknown, typeof TypeError | typeof RangeError, RegExp]>([
  ['null', null, TypeError, /options of stop must be an object, not null/],
  ['an unknown option', { timeoutMilliseconds: 1 }, TypeError, /stop has no option 'timeoutMilliseconds'/],
  ['a flush that is not a boolean', { flush: 1 }, TypeError, /`flush` is 1; accepted is true or false/],
  ['a timeout that is not a number', { timeout: '1' }, TypeError, /`timeout` is '1'; accepted is an integer/],
  ['a negative timeout', { timeout: -1 }, RangeError, /`timeout` is -1; accepted is an integer from 0/],
  ['an endless timeout', { timeout: Number.POSITIVE_INFINITY }, RangeError, /`timeout` is Infinity; accepted is an integer/],
])('stop throws for %s, and the client goes on', async (_, options, type, message) => {
  const { stats } = startClient(engineNames[0]);
  expect(() => stats.stop(options as object)).toThrow(type);
  expect(() => stats.stop(options as object)).toThrow(message);
  stats.gauge('g', 1);
  expect(await stats.stop()).toMatchObject({ metrics: 1 });
});
