import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PeriodicTimer } from '../../src/runtime/periodic-timer.js';
import { mockMonotonicClock } from '../support/monotonic-clock.js';

describe('PeriodicTimer', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  /** Starts a timer. Each run of its task takes one of the given times, later runs take none. Returns the times of the runs. */
  function start(intervalMilliseconds: number, ...taskMilliseconds: number[]) {
    const startMilliseconds = performance.now();
    const runs: number[] = [];
    const timer = new PeriodicTimer(intervalMilliseconds, async () => {
      runs.push(performance.now() - startMilliseconds);
      const duration = taskMilliseconds.shift() ?? 0;
      if (duration > 0) await new Promise((resolve) => setTimeout(resolve, duration));
    });
    return { timer, runs };
  }

  it('runs at every due time, but not at the start', async () => {
    const { timer, runs } = start(100);
    await vi.advanceTimersByTimeAsync(350);
    expect(runs).toEqual([100, 200, 300]);
    timer.stop();
  });

  it('does not drift if the task takes part of the interval', async () => {
    const { timer, runs } = start(100, 60, 99, 1);
    await vi.advanceTimersByTimeAsync(450);
    expect(runs).toEqual([100, 200, 300, 400]);
    timer.stop();
  });

  it('keeps a fractional interval over a long time', async () => {
    const { timer, runs } = start(1000 / 3);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(runs).toHaveLength(300);
    expect(runs.at(-1)).toBeGreaterThanOrEqual(100_000);
    expect(runs.at(-1)).toBeLessThan(100_001);
    timer.stop();
  });

  it('treats an interval below a millisecond as a millisecond', async () => {
    const { timer, runs } = start(Number.MIN_VALUE);
    await vi.advanceTimersByTimeAsync(5);
    expect(runs).toEqual([1, 2, 3, 4, 5]);
    timer.stop();
  });

  it('skips due times that pass while the task runs', async () => {
    const { timer, runs } = start(100, 250);
    await vi.advanceTimersByTimeAsync(550);
    expect(runs).toEqual([100, 400, 500]);
    timer.stop();
  });

  it('never runs the task twice at the same time', async () => {
    let running = 0;
    let most = 0;
    const timer = new PeriodicTimer(10, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 35));
      running--;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(most).toBe(1);
    timer.stop();
  });

  it('goes on after a task that throws or rejects', async () => {
    let runs = 0;
    const timer = new PeriodicTimer(100, () => {
      runs++;
      if (runs === 1) throw new Error('thrown');
      return Promise.reject(new Error('rejected'));
    });
    await vi.advanceTimersByTimeAsync(350);
    expect(runs).toBe(3);
    timer.stop();
  });

  it('does not run after it was stopped', async () => {
    const { timer, runs } = start(100);
    await vi.advanceTimersByTimeAsync(150);
    timer.stop();
    timer.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toEqual([100]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not run again if it is stopped while the task runs', async () => {
    const { timer, runs } = start(100, 50);
    await vi.advanceTimersByTimeAsync(120);
    timer.stop();
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toEqual([100]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('can be stopped by its own task', async () => {
    let runs = 0;
    const timer: PeriodicTimer = new PeriodicTimer(100, () => {
      runs++;
      timer.stop();
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(runs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('PeriodicTimer, if the clock and the timers of Node.js disagree,', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('runs once after the process was suspended, and then at due times again', async () => {
    let milliseconds = 5000;
    const runs: number[] = [];
    mockMonotonicClock(() => milliseconds);
    const timer = new PeriodicTimer(100, () => void runs.push(milliseconds));
    // The clock goes on for an hour while timers stand still, as on a suspended machine.
    milliseconds += 3_600_050;
    await vi.advanceTimersByTimeAsync(100);
    expect(runs).toEqual([3_605_050]);
    milliseconds += 50;
    await vi.advanceTimersByTimeAsync(50);
    expect(runs).toEqual([3_605_050, 3_605_100]);
    timer.stop();
  });

  it('waits again if setTimeout fires before the due time', async () => {
    let milliseconds = 0;
    const runs: number[] = [];
    mockMonotonicClock(() => milliseconds);
    const timer = new PeriodicTimer(100, () => void runs.push(milliseconds));
    milliseconds = 99.4;
    await vi.advanceTimersByTimeAsync(100);
    expect(runs).toEqual([]);
    milliseconds = 100.4;
    await vi.advanceTimersByTimeAsync(1);
    expect(runs).toEqual([100.4]);
    milliseconds = 200;
    await vi.advanceTimersByTimeAsync(100);
    expect(runs).toEqual([100.4, 200]);
    timer.stop();
  });
});

it('does not keep the process alive', async () => {
  const setTimeoutSpy = vi.spyOn(globalThis, 'setTimeout');
  const timer = new PeriodicTimer(1000, () => {});
  expect(setTimeoutSpy.mock.results[0]?.value.hasRef()).toBe(false);
  timer.stop();
  setTimeoutSpy.mockRestore();
});
