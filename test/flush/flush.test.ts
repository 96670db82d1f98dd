import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryReporter, type MetricRow, type ThreadStats } from '../../src/index.js';
import { deferred, dropsOf, pointsOf, rowsOf, START, startClient, thrower, valuesOf } from '../support/client.js';
import '../support/conservation.js';
import { engineNames } from '../support/engines.js';
import { mockMonotonicClock } from '../support/monotonic-clock.js';
import { HOSTILE } from '../support/odd-values.js';

// The harness has imported the real timers.
vi.hoisted(() => vi.resetModules());
vi.mock('../../src/runtime/real-timers.js', () => import('../support/global-timers.js'));

afterEach(() => {
  vi.restoreAllMocks();
});

const NOTHING = { metrics: 0, distributions: 0, events: 0, pending: 0 };

describe.each(engineNames)('on the %s engine', (engine) => {
  /** Starts a client with one sample in each of four intervals. */
  function startWithFour() {
    const rig = startClient(engine);
    for (const offset of [20, 0, -10, 10]) rig.stats.gauge('g', offset, { timestamp: START + offset });
    return { ...rig, startsOf: () => rig.reporter.metrics.map(({ points }) => points[0][0] - START) };
  }

  test.each<[string, number | Date, number[]]>([
    ['just before the end of an interval', START - 0.001, []],
    ['the end of an interval', START, [-10]],
    ['amid an interval', START + 9.999, [-10]],
    ['a later end', START + 20, [-10, 0, 10]],
    ['a Date', new Date((START + 10) * 1000), [-10, 0]],
    ['a time far ahead', 1e11 - 1, [-10, 0, 10, 20]],
    ['Infinity', Number.POSITIVE_INFINITY, [-10, 0, 10, 20]],
    ['-Infinity', Number.NEGATIVE_INFINITY, []],
    ['NaN', Number.NaN, []],
    ['an invalid Date', new Date(Number.NaN), []],
  ])('a flush with %s as its timestamp reports the intervals that have ended, oldest first', async (_, timestamp, expected) => {
    const { stats, startsOf } = startWithFour();
    expect(await stats.flush(timestamp)).toEqual({ ...NOTHING, metrics: expected.length });
    expect(startsOf()).toEqual(expected);
    expect(await stats.flush(timestamp)).toEqual(NOTHING);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(startsOf().sort((a, b) => a - b)).toEqual([-10, 0, 10, 20]);
  });

  test('a flush without a timestamp reports the intervals that have ended by now', async () => {
    const { stats, clock, startsOf } = startWithFour();
    clock.seconds = START + 10;
    await stats.flush();
    expect(startsOf()).toEqual([-10, 0]);
    clock.seconds = START + 29.9;
    await stats.flush(undefined);
    expect(startsOf()).toEqual([-10, 0, 10]);
  });

  test.each<[string, unknown]>([
    ['a string', '1e12'],
    ['null', null],
    ['a bigint', 10n ** 12n],
    ['a symbol', Symbol('now')],
    ['an object', { valueOf: () => 1e12 }],
    ['a Date that throws', Object.assign(new Date(), { getTime: thrower('no time') })],
    ['a proxy that throws', HOSTILE],
    ['a function', () => 1e12],
  ])('a flush whose timestamp is %s reports no interval, and does not reject', async (_, timestamp) => {
    const { stats, errors, startsOf } = startWithFour();
    stats.event('event', '');
    expect(await stats.flush(timestamp as number)).toEqual({ ...NOTHING, events: 1 });
    expect(startsOf()).toEqual([]);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(startsOf()).toEqual([-10, 0, 10, 20]);
    expect(errors).toMatchObject([
      { code: 'ERR_THREADSTATS_FLUSH_TIMESTAMP', message: expect.stringContaining('neither a number nor a valid Date') },
    ]);
  });

  test.each([Number.NaN, new Date(Number.NaN)])('onError is told of a timestamp that is %s', async (timestamp) => {
    const { stats, errors } = startClient(engine);
    await stats.flush(timestamp);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_FLUSH_TIMESTAMP' }]);
  });

  test.each<[string, number | Date]>([
    ['milliseconds', 1_700_000_000_000],
    ['1e11', 1e11],
    ['a Date of the year 275760', new Date(8.64e15)],
  ])('a flush whose timestamp is %s does not count as a flush of everything, and onError is told', async (_, timestamp) => {
    const { stats, errors, startsOf } = startWithFour();
    expect(await stats.flush(timestamp)).toEqual(NOTHING);
    expect(errors).toMatchObject([
      { code: 'ERR_THREADSTATS_FLUSH_TIMESTAMP', message: expect.stringContaining('pass POSIX seconds (not milliseconds)') },
    ]);
    await stats.flush(1e11 - 1);
    expect(startsOf()).toEqual([-10, 0, 10, 20]);
  });

  test('the result of a flush is the number of rows of each sort', async () => {
    const { stats } = startClient(engine);
    stats.histogram('h', 1);
    stats.distribution('d', 1);
    stats.distribution('d', 2);
    stats.distribution('d', 3, { timestamp: 0 });
    stats.event('e', '');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 8, distributions: 2, events: 1, pending: 0 });
    expect(stats.telemetry.flushes).toBe(1);
    expect(rowsOf(stats)).toEqual({ sent: 11, pending: 0, dropped: {} });
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual(NOTHING);
    expect(stats.telemetry).toMatchObject({ flushes: 2, payloads: 0, bytesSent: 0, retries: 0 });
    expect(stats.telemetry.flushMilliseconds).toBeGreaterThan(0);
  });

  test('an interval that is flushed while it runs is reported again as a whole, because the server keeps its last point', async () => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count' });
    stats.increment('x', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    stats.increment('x', 2);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual(['0: 1', '0: 3']);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual(NOTHING);
    clock.seconds = START + 10;
    expect(await stats.flush()).toEqual(NOTHING);
    expect(pointsOf(reporter)).toEqual(['0: 1', '0: 3']);
  });

  test('a flush waits for the one before, and reports what was recorded in the meantime', async () => {
    const log: string[] = [];
    const begun = deferred();
    const answers = [deferred(), deferred(), deferred()];
    let calls = 0;
    const reporter = {
      flushMetrics: async (rows: MetricRow[]) => {
        const call = calls++;
        log.push(`begin ${rows.map(({ points }) => points[0][1])}`);
        begun.resolve();
        await answers[call].promise;
        log.push(`end ${rows.map(({ points }) => points[0][1])}`);
      },
      flushDistributions: () => {},
      flushEvents: () => {},
    };
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    const first = stats.flush(Number.POSITIVE_INFINITY);
    const second = stats.flush(Number.POSITIVE_INFINITY);
    await begun.promise;
    stats.gauge('g', 2);
    const third = stats.flush(Number.POSITIVE_INFINITY);
    answers[0].resolve();
    expect(await first).toEqual({ ...NOTHING, metrics: 1 });
    stats.gauge('g', 3);
    answers[1].resolve();
    answers[2].resolve();
    await second;
    await third;
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(log).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2', 'begin 3', 'end 3']);
    expect(dropsOf(stats)).toEqual({});
  });

  test('a thousand flushes at once lose no sample and count none twice', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    const flushes: Promise<{ metrics: number }>[] = [];
    for (let i = 0; i < 1000; i++) {
      stats.increment('x');
      flushes.push(stats.flush(Number.POSITIVE_INFINITY));
      if (i % 100 === 0) await null;
    }
    const results = await Promise.all(flushes);
    expect(valuesOf(reporter).x.at(-1)).toBe(1000);
    expect(sum(results.map(({ metrics }) => metrics))).toBe(reporter.metrics.length);
    expect(stats.telemetry).toMatchObject({ samples: 1000, applied: 1000, flushes: 1000 });
  });

  test('a flush that is started by a reporter runs after the current one', async () => {
    const memory = new MemoryReporter();
    const reporter = {
      flushMetrics(rows: MetricRow[]) {
        memory.flushMetrics(rows);
        if (memory.metrics.length > 1) return;
        stats.gauge('flushes', 1);
        stats.flush(Number.POSITIVE_INFINITY);
      },
      flushDistributions() {},
      flushEvents() {},
    };
    const { stats } = startClient(engine, { reporter });
    stats.gauge('g', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    await stats.flush(Number.NEGATIVE_INFINITY);
    expect(valuesOf(memory)).toEqual({ g: [1], flushes: [1] });
  });

  describe('while a flush runs in slices', () => {
    /**
     * Makes every slice take long, so that other work runs after each. Returns a function that ends this and returns how often it
     * ran.
     */
    function sliceAlways(betweenSlices: (turn: number) => void): () => number {
      let milliseconds = 0;
      mockMonotonicClock(() => (milliseconds += 1000));
      let turns = 0;
      let isDone = false;
      const turn = (): void => {
        if (isDone) return;
        betweenSlices(turns++);
        setImmediate(turn);
      };
      setImmediate(turn);
      return () => {
        isDone = true;
        return turns;
      };
    }

    function recordAll(stats: ThreadStats, count: number, timestamp?: number): void {
      for (let i = 0; i < count; i++) stats.increment('c', 1, { tags: [`i:${i}`], timestamp });
    }

    const CONTEXTS = 20_000;

    test('no sample is lost or counted twice, whether its context has been read or not', async () => {
      const { stats, reporter, clock } = startClient(engine, { counterType: 'count' });
      const handles = [0, CONTEXTS - 1].map((i) => stats.createCounter('c', [`i:${i}`]));
      recordAll(stats, CONTEXTS);
      const late = { timestamp: START - 20, tags: ['i:7'] };
      stats.increment('c', 1, late);
      clock.seconds += 10;
      let recorded = CONTEXTS + 1;
      const end = sliceAlways(() => {
        for (const handle of handles) handle.increment();
        stats.increment('c', 1, ['i:5']);
        stats.increment('c', 1, { tags: [`i:${CONTEXTS - 5}`], timestamp: START });
        stats.increment('c', 1, ['new']);
        stats.increment('c', 1, late);
        recorded += 6;
      });
      expect(await stats.flush()).toEqual({ ...NOTHING, metrics: CONTEXTS + 1 });
      expect(end()).toBeGreaterThan(3);
      for (const { points } of reporter.metrics) expect(points[0][1]).toBe(1);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(sum(valuesOf(reporter).c)).toBe(recorded);
      expect(stats.telemetry).toMatchObject({ samples: recorded, applied: recorded, contexts: CONTEXTS + 1 });
    });

    test('a distribution of more values than a slice holds is one row', async () => {
      const { stats, reporter } = startClient(engine);
      const values = Array.from({ length: 50_000 }, (_, i) => i);
      for (const value of values) {
        stats.distribution('d', value);
        if (value % 10 === 0) stats.distribution('e', value);
      }
      stats.gauge('g', 1);
      const between: number[] = [];
      const end = sliceAlways((turn) => {
        between.push(-turn - 1);
        stats.distribution('d', -turn - 1);
      });
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ ...NOTHING, metrics: 1, distributions: 2 });
      expect(end()).toBeGreaterThan(3);
      expect(reporter.distributions[0].points).toEqual([[START, values]]);
      expect(reporter.distributions[1].points[0][1]).toHaveLength(5000);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(reporter.distributions[2].points).toEqual([[START, between]]);
    });

    test('other flushes and stop wait for it', async () => {
      const { stats, reporter } = startClient(engine, { counterType: 'count' });
      recordAll(stats, CONTEXTS);
      const others: Promise<unknown>[] = [];
      const end = sliceAlways((turn) => {
        if (turn === 1) others.push(stats.flush(Number.POSITIVE_INFINITY), stats.stop(), stats.flush());
      });
      await stats.flush(Number.POSITIVE_INFINITY);
      await Promise.all(others);
      expect(end()).toBeGreaterThan(3);
      expect(others).toHaveLength(3);
      expect(reporter.metrics).toHaveLength(CONTEXTS);
    });
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
