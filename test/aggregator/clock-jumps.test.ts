// Clocks that jump, processes that are suspended, and samples with timestamps far from now.

import fc from 'fast-check';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryReporter, ThreadStats } from '../../src/index.js';
import { dropsOf, pointsOf, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.useRealTimers();
});

const COUNT = { counterType: 'count' } as const;

describe.each(engineNames)('on the %s engine', (engine) => {
  test('no interval is reported twice and nothing is lost when the clock steps back', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    const handle = stats.createCounter('x');
    stats.increment('x', 1);
    clock.seconds = START + 11;
    stats.increment('x', 10);
    await stats.flush();
    clock.seconds = START + 3;
    stats.increment('x', 100);
    handle.increment(1000);
    await stats.flush();
    clock.seconds = START + 19;
    stats.increment('x', 10_000);
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['0: 1']);
    clock.seconds = START + 20;
    stats.increment('x', 100_000);
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['0: 1', '10: 11110']);
  });

  test('after a step back, samples go to the first interval that was not reported, which is not reported early', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    for (let i = 0; i <= 10; i++) {
      clock.seconds = START + i * 10;
      stats.increment('x', 1);
      await stats.flush();
    }
    expect(pointsOf(reporter)).toEqual(Array.from({ length: 10 }, (_, i) => `${i * 10}: 1`));
    reporter.clear();
    for (let i = 4; i <= 10; i++) {
      clock.seconds = START + i * 10;
      stats.increment('x', 100);
      await stats.flush();
    }
    expect(reporter.metrics).toEqual([]);
    clock.seconds = START + 110;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['100: 701']);
  });

  test('after a step back, an interval of which nothing was reported is used', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    clock.seconds = START + 30;
    stats.increment('x', 1);
    clock.seconds = START + 40;
    await stats.flush();
    clock.seconds = START;
    stats.increment('x', 10);
    clock.seconds = START + 10;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['30: 1', '0: 10']);
  });

  test('after a step back of more than ten minutes, samples go to the interval of the clock', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    for (let i = 0; i < 100; i++) {
      clock.seconds = START + i * 10;
      stats.increment('x', 1);
      await stats.flush();
    }
    reporter.clear();
    clock.seconds = START + 100;
    stats.increment('x', 1000);
    clock.seconds = START + 110;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['100: 1000']);
  });

  test('a clock that jumps ahead and back within an interval splits it into intervals that are reported once each', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    stats.increment('x', 1);
    clock.seconds = START + 7200;
    stats.increment('x', 10);
    await stats.flush();
    clock.seconds = START + 5;
    stats.increment('x', 100);
    clock.seconds = START + 20;
    await stats.flush();
    await stats.stop();
    expect(pointsOf(reporter)).toEqual(['0: 1', '10: 100', '7200: 10']);
  });

  test('however a clock jumps within ten minutes, no series has two points of one interval, and no sample is lost', async () => {
    const step = fc.record({ at: fc.integer({ min: 0, max: 600 }), tag: fc.constantFrom('a', 'b'), flushes: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { stats, reporter, clock } = startClient(engine, COUNT);
        for (const { at, tag, flushes } of steps) {
          clock.seconds = START + at;
          stats.increment('x', 1, [tag]);
          if (flushes) await stats.flush();
        }
        await stats.stop();
        const points = reporter.metrics.map(({ tags, points }) => `${tags} ${points[0][0]}`);
        expect(new Set(points).size).toBe(points.length);
        expect(reporter.metrics.reduce((total, row) => total + row.points[0][1], 0)).toBe(steps.length);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('a sample with a timestamp goes to its interval, even if that was reported', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    stats.increment('x', 1);
    clock.seconds = START + 10;
    await stats.flush();
    stats.increment('x', 10, { timestamp: START });
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['0: 1', '0: 10']);
  });

  test('a process that was suspended flushes once, and goes on', async () => {
    vi.useFakeTimers({ now: START * 1000 });
    const reporter = new MemoryReporter();
    const stats = new ThreadStats({ ...COUNT, engine, reporter }).start({ flushInterval: 10, rollUpInterval: 10 });
    const flushes: number[] = [];
    const flushMetrics = reporter.flushMetrics.bind(reporter);
    reporter.flushMetrics = (rows) => {
      flushes.push(Date.now() / 1000 - START);
      return flushMetrics(rows);
    };
    stats.increment('x', 1);
    await vi.advanceTimersByTimeAsync(5000);
    // While a process is suspended, timers and their clock stand still, and the time of day goes on.
    vi.setSystemTime((START + 3605) * 1000);
    stats.increment('x', 10);
    await vi.advanceTimersByTimeAsync(4999);
    expect(flushes).toEqual([]);
    await vi.advanceTimersByTimeAsync(30_001);
    expect(flushes).toEqual([3610]);
    expect(pointsOf(reporter)).toEqual(['0: 1', '3600: 10']);
    await stats.stop();
  });

  test('the timer of flushes does not follow a clock that jumps', async () => {
    vi.useFakeTimers({ now: START * 1000 });
    const reporter = new MemoryReporter();
    const stats = new ThreadStats({ ...COUNT, engine, reporter }).start({ flushInterval: 10, rollUpInterval: 10 });
    for (const [flushes, now] of [START + 86_400, START - 86_400, START - 86_400].entries()) {
      vi.setSystemTime(now * 1000);
      await vi.advanceTimersByTimeAsync(9999);
      expect(stats.telemetry.flushes).toBe(flushes);
      await vi.advanceTimersByTimeAsync(1);
      expect(stats.telemetry.flushes).toBe(flushes + 1);
    }
    await stats.stop();
  });

  test('samples that the intake may refuse for their timestamp are recorded, counted, and reported once each', async () => {
    const { stats, reporter, errors, clock } = startClient(engine, COUNT);
    for (const age of [3600, 0, -600]) stats.increment('taken', 1, { timestamp: clock.seconds - age });
    expect(stats.telemetry).toMatchObject({ oldSamples: 0, futureSamples: 0 });
    for (let i = 0; i < 3; i++) {
      stats.increment('old', 1, { timestamp: clock.seconds - 3601 });
      stats.set('old.members', i, { timestamp: new Date(0), host: 'h' });
      stats.gauge('future', i, { timestamp: clock.seconds + 601 });
    }
    stats.increment('', 1, { timestamp: 0 });
    await null;
    expect(stats.telemetry).toMatchObject({ samples: 13, applied: 12, oldSamples: 6, futureSamples: 3 });
    expect(dropsOf(stats)).toEqual({ badName: 1 });
    expect(errors).toMatchObject([
      {
        code: 'ERR_THREADSTATS_OLD_SAMPLE',
        message: expect.stringMatching(/^A counter sample of 'old' is 3601 seconds old: .*telemetry.oldSamples/),
      },
      {
        code: 'ERR_THREADSTATS_FUTURE_SAMPLE',
        message: expect.stringMatching(/^A gauge sample of 'future' is 601 seconds ahead: /),
      },
      { code: 'ERR_THREADSTATS_SAMPLE_BAD_NAME' },
    ]);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'old.members': [3], old: [3], taken: [1, 1, 1], future: [2] });
  });

  test('the age of a sample is measured by the clock of its own turn', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: START * 1000 });
    const stats = new ThreadStats({ engine, reporter: new MemoryReporter(), onError: () => {} }).start({ flushMode: 'manual' });
    stats.increment('x');
    vi.setSystemTime((START + 5000) * 1000);
    stats.increment('x', 1, { timestamp: START });
    expect(stats.telemetry.oldSamples).toBe(0);
    await null;
    stats.increment('x', 1, { timestamp: START });
    expect(stats.telemetry.oldSamples).toBe(1);
    await stats.stop();
  });

  test('onError may record old samples when it is called for one', async () => {
    const { stats, reporter } = startClient(engine, {
      ...COUNT,
      onError: () => stats.increment('told', 1, { timestamp: START - 5000 }),
    });
    stats.increment('x', 1, { timestamp: START - 4000 });
    stats.increment('x', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(stats.telemetry).toMatchObject({ samples: 3, applied: 3, oldSamples: 2 });
    expect(pointsOf(reporter)).toEqual(['-5000: 1', '-4000: 1', '0: 1']);
  });

  test.each<[string, () => unknown]>([
    ['returns undefined', () => undefined],
    ['returns NaN', () => Number.NaN],
    ['returns a bigint', () => 1n],
    ['returns a time that no Date has', () => 1e22],
    [
      'throws',
      () => {
        throw new Error('no time');
      },
    ],
  ])('samples are reported at the real time if `Date.now` %s, and onError is told once', async (_, now) => {
    const seconds = Date.now() / 1000;
    const spy = vi.spyOn(Date, 'now').mockImplementation(now as () => number);
    onTestFinished(() => spy.mockRestore());
    const reporter = new MemoryReporter();
    const errors: Error[] = [];
    const stats = new ThreadStats({ ...COUNT, engine, reporter, onError: (error) => errors.push(error) });
    stats.start({ flushMode: 'manual' });
    for (let turn = 0; turn < 3; turn++) {
      stats.increment('x');
      await null;
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    await stats.stop();
    const total = reporter.metrics.reduce((sum, { points }) => sum + points[0][1], 0);
    expect(total).toBe(3);
    for (const { points } of reporter.metrics) expect(Math.abs(points[0][0] - seconds)).toBeLessThan(1000);
    expect(errors).toMatchObject([
      { code: 'ERR_THREADSTATS_CLOCK', message: expect.stringMatching(/^The function `Date\.now` (returned|threw)/) },
    ]);
  });

  test('a clock that leaps beyond all dates and back holds nothing up', async () => {
    const { stats, clock, errors } = startClient(engine, COUNT);
    for (const seconds of [1e19, 2e19, START]) {
      clock.seconds = seconds;
      stats.increment('x');
      await stats.flush(seconds);
    }
    expect(stats.telemetry.applied).toBe(3);
    // The client uses another clock, and refuses these timestamps of a flush.
    const codes = errors.map((error) => (error as { code?: string }).code);
    expect(codes).toEqual(['ERR_THREADSTATS_CLOCK', 'ERR_THREADSTATS_FLUSH_TIMESTAMP', 'ERR_THREADSTATS_FLUSH_TIMESTAMP']);
  });
});
