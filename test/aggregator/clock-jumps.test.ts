// Clocks that step, processes that are suspended, and samples that are far from now.

import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryReporter, ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.useRealTimers();
});

const COUNT = { counterType: 'count' } as const;

/** The starts, from START, and values of a reporter's points, in the order of the rows. */
function pointsOf({ metrics }: MemoryReporter): [number, number][] {
  return metrics.map(({ points }) => [points[0][0] - START, points[0][1]]);
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a clock that steps back makes no interval be reported twice, and loses nothing', async () => {
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
    expect(pointsOf(reporter)).toEqual([[0, 1]]);
    clock.seconds = START + 20;
    stats.increment('x', 100_000);
    await stats.flush();
    expect(pointsOf(reporter)).toEqual([
      [0, 1],
      [10, 11_110],
    ]);
  });

  test('samples stay in the first interval not reported until the clock comes by it, and are not reported early', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    for (let i = 0; i <= 10; i++) {
      clock.seconds = START + i * 10;
      stats.increment('x', 1);
      await stats.flush();
    }
    expect(pointsOf(reporter)).toEqual(Array.from({ length: 10 }, (_, i) => [i * 10, 1]));
    reporter.clear();
    for (let i = 4; i <= 10; i++) {
      clock.seconds = START + i * 10;
      stats.increment('x', 100);
      await stats.flush();
    }
    expect(reporter.metrics).toEqual([]);
    clock.seconds = START + 110;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual([[100, 701]]);
  });

  test('an interval of which nothing was reported is taken as the clock says', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    clock.seconds = START + 30;
    stats.increment('x', 1);
    clock.seconds = START + 40;
    await stats.flush();
    clock.seconds = START;
    stats.increment('x', 10);
    clock.seconds = START + 10;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual([
      [30, 1],
      [0, 10],
    ]);
  });

  test('after a step back of more than ten minutes the clock is believed', async () => {
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
    expect(pointsOf(reporter)).toEqual([[100, 1000]]);
  });

  test('a clock that jumps ahead and back again within an interval splits it, and reports no part twice', async () => {
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
    expect(pointsOf(reporter)).toEqual([
      [0, 1],
      [10, 100],
      [7200, 10],
    ]);
  });

  test('however a clock jumps within ten minutes, no series has two points of one interval, and all samples are in', async () => {
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
        expect(pointsOf(reporter).reduce((total, [, count]) => total + count, 0)).toBe(steps.length);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('with a timestamp of its own a sample still goes where it says', async () => {
    const { stats, reporter, clock } = startClient(engine, COUNT);
    stats.increment('x', 1);
    clock.seconds = START + 10;
    await stats.flush();
    stats.increment('x', 10, { timestamp: START });
    await stats.flush();
    expect(pointsOf(reporter)).toEqual([
      [0, 1],
      [0, 10],
    ]);
  });

  test('a process that was suspended flushes once, what had ended, and goes on', async () => {
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
    // Timers stand still, and so does their clock, while the time of day goes on.
    vi.setSystemTime((START + 3605) * 1000);
    stats.increment('x', 10);
    await vi.advanceTimersByTimeAsync(4999);
    expect(flushes).toEqual([]);
    await vi.advanceTimersByTimeAsync(30_001);
    expect(flushes).toEqual([3610]);
    expect(pointsOf(reporter)).toEqual([
      [0, 1],
      [3600, 10],
    ]);
    await stats.stop();
  });

  test('a timer does not hurry after a clock that jumps ahead, nor wait for one that steps back', async () => {
    vi.useFakeTimers({ now: START * 1000 });
    const reporter = new MemoryReporter();
    const stats = new ThreadStats({ ...COUNT, engine, reporter }).start({ flushInterval: 10, rollUpInterval: 10 });
    for (const [now, expected] of [
      [START + 86_400, 1],
      [START - 86_400, 2],
      [START - 86_400, 3],
    ]) {
      vi.setSystemTime(now * 1000);
      await vi.advanceTimersByTimeAsync(9999);
      expect(stats.telemetry.flushes).toBe(expected - 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(stats.telemetry.flushes).toBe(expected);
    }
    await stats.stop();
  });

  test('samples that the intake may refuse for their time are recorded, counted, and reported once each', async () => {
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
    expect(reporter.metrics.map(({ metric, points }) => [metric, points[0][1]])).toEqual([
      ['old.members', 3],
      ['old', 3],
      ['taken', 1],
      ['taken', 1],
      ['taken', 1],
      ['future', 2],
    ]);
  });

  test('the age of a sample is told by the clock of its own stretch', async () => {
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

  test('onError may record old samples when it hears of one', async () => {
    const { stats, reporter } = startClient(engine, {
      ...COUNT,
      onError: () => stats.increment('told', 1, { timestamp: START - 5000 }),
    });
    stats.increment('x', 1, { timestamp: START - 4000 });
    stats.increment('x', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(stats.telemetry).toMatchObject({ samples: 3, applied: 3, oldSamples: 2 });
    expect(pointsOf(reporter)).toEqual([
      [-5000, 1],
      [-4000, 1],
      [0, 1],
    ]);
  });
});
