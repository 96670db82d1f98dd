import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryReporter, ThreadStats } from '../../src/index.js';
import { pointsOf, START, startClient, thrower } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each(engineNames)('on the %s engine, with a clock', (engine) => {
  test('a sample exactly on an edge belongs to the interval that begins', async () => {
    const { stats, reporter, clock } = startClient(engine);
    const samples: [seconds: number, value: number][] = [
      [START - 0.001, 1],
      [START, 2],
      [START + 9.999, 4],
      [START + 10, 8],
    ];
    for (const [seconds, value] of samples) {
      clock.seconds = seconds;
      stats.increment('x', value);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual(['-10: 0.1', '0: 0.6', '10: 0.8']);
  });

  test.each([1, 7, 60, 3600])('an interval may be %d seconds long', async (rollUpInterval) => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count' }, { rollUpInterval });
    const edge = START + (rollUpInterval - (START % rollUpInterval));
    for (const offset of [-1, -0.25, 0, 0.25, rollUpInterval - 0.25]) {
      clock.seconds = edge + offset;
      stats.increment('x', 1);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual([`${edge - rollUpInterval - START}: 2`, `${edge - START}: 3`]);
    expect(reporter.metrics[0].interval).toBe(rollUpInterval);
  });

  test('intervals before 1970 begin at multiples of their length too', async () => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count' });
    for (const seconds of [-20, -10.3, -10, -1e-20, -0, 0, 9.99]) {
      clock.seconds = seconds;
      stats.increment('x');
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual([`${-20 - START}: 2`, `${-10 - START}: 2`, `${-START}: 3`]);
  });

  test('a clock that steps back opens the earlier interval again', async () => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count' });
    stats.increment('x', 1);
    clock.seconds += 10;
    stats.increment('x', 2);
    clock.seconds -= 10;
    stats.increment('x', 4);
    await stats.flush(START + 10);
    expect(pointsOf(reporter)).toEqual(['0: 5']);
    stats.increment('x', 8);
    await stats.flush(START + 20);
    expect(pointsOf(reporter)).toEqual(['0: 5', '0: 13', '10: 2']);
  });

  test('a clock that jumps leaves the intervals between empty', async () => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count' });
    stats.increment('x', 1);
    clock.seconds += 3600;
    stats.increment('x', 2);
    clock.seconds += 10;
    await stats.flush();
    expect(pointsOf(reporter)).toEqual(['0: 1', '3600: 2']);
  });

  test('the clock is read at every sample', async () => {
    const clock = vi.fn(() => START * 1000);
    const { stats } = startClient(engine, { clock });
    clock.mockClear();
    const counter = stats.createCounter('x');
    for (let i = 0; i < 5; i++) {
      stats.increment('x');
      counter.increment();
      stats.set('s', i);
    }
    expect(clock).toHaveBeenCalledTimes(15);
  });

  test('a late sample goes to its own interval, and the next sample without a timestamp to the current one', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    const counter = stats.createCounter('x');
    stats.increment('x', 1);
    stats.increment('x', 2, { timestamp: START - 100 });
    stats.increment('x', 4);
    counter.increment(8);
    stats.increment('x', 16, { timestamp: START - 95 });
    counter.increment(32);
    stats.increment('x', 64, { timestamp: START + 3 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual(['-100: 18', '0: 109']);
  });

  test.each([
    ['throws', thrower('no time')],
    ['is not a number', () => Number.NaN],
    ['is infinite', () => Number.POSITIVE_INFINITY],
    ['is a string', () => '1000' as never],
    ['is a bigint', () => 1000n as never],
    ['is nothing', () => undefined as never],
  ])("the system's clock is used instead of one that %s, which is reported once", async (_, clock) => {
    const { stats, reporter, errors } = startClient(engine, { clock, counterType: 'count' });
    const before = Date.now() / 1000;
    stats.increment('x');
    stats.createCounter('x').increment();
    stats.gauge('g', 1);
    await stats.flush();
    await stats.flush(Number.POSITIVE_INFINITY);
    const [[seconds]] = reporter.metrics[0].points;
    expect(seconds).toBeGreaterThan(before - 10);
    expect(seconds).toBeLessThan(before + 60);
    expect(stats.telemetry).toMatchObject({ samples: 3, applied: 3 });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_CLOCK' }]);
  });
});

describe.each(engineNames)("on the %s engine, with the system's clock", (engine) => {
  function start(): { stats: ThreadStats; reporter: MemoryReporter } {
    const reporter = new MemoryReporter();
    const stats = new ThreadStats({ engine, reporter, counterType: 'count' }).start({ flushMode: 'manual' });
    expect(stats.engineName).toBe(engine);
    return { stats, reporter };
  }

  test("the system's clock is read once in a turn", async () => {
    const { stats } = start();
    const counter = stats.createCounter('x');
    const now = vi.spyOn(Date, 'now');
    const record = (): void => {
      for (let i = 0; i < 100; i++) {
        stats.increment('x');
        stats.increment('x', 1, [`tag:${i}`]);
        counter.increment();
        stats.set('s', i);
      }
    };
    record();
    expect(now).toHaveBeenCalledTimes(1);
    await null;
    record();
    expect(now).toHaveBeenCalledTimes(2);
    await new Promise((resolve) => setImmediate(resolve));
    record();
    expect(now).toHaveBeenCalledTimes(3);
  });

  test('samples of one turn go to one interval, and after an await the clock is read again', async () => {
    // The clock is replaced after the client was made, as test runners do.
    const { stats, reporter } = start();
    vi.useFakeTimers({ toFake: ['Date'], now: (START + 9.999) * 1000 });
    const work = async (): Promise<void> => {
      stats.increment('x', 1);
      vi.setSystemTime((START + 10) * 1000);
      stats.increment('x', 2);
      stats.createCounter('x').increment(4);
      await null;
      stats.increment('x', 8);
    };
    await work();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual(['0: 7', '10: 8']);
  });

  test('a sample with a timestamp makes the next one read the clock again', async () => {
    const { stats, reporter } = start();
    vi.useFakeTimers({ toFake: ['Date'], now: START * 1000 });
    stats.increment('x', 1);
    stats.increment('x', 2, { timestamp: START - 50 });
    vi.setSystemTime((START + 10) * 1000);
    stats.increment('x', 4);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter)).toEqual(['-50: 2', '0: 1', '10: 4']);
  });

  test('a flush reads the clock itself, and so does the first sample after it', async () => {
    const { stats, reporter } = start();
    vi.useFakeTimers({ toFake: ['Date'], now: (START + 9.999) * 1000 });
    // Both jobs run in the turn in which the flush takes its snapshot, one before it and one after.
    const before = Promise.resolve().then(() => stats.increment('x', 1));
    vi.setSystemTime((START + 10) * 1000);
    const flush = stats.flush();
    vi.setSystemTime((START + 9.999) * 1000);
    const after = Promise.resolve().then(() => {
      vi.setSystemTime((START + 10) * 1000);
      stats.increment('x', 2);
    });
    await Promise.all([before, flush, after]);
    expect(pointsOf(reporter)).toEqual(['0: 1']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(pointsOf(reporter).slice(1)).toEqual(['10: 2']);
  });
});
