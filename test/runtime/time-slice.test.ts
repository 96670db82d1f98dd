import { expect, onTestFinished, test, vi } from 'vitest';
import { runInTimeSlices } from '../../src/runtime/time-slice.js';
import { mockMonotonicClock } from '../support/monotonic-clock.js';

// The harness has imported the real timers.
vi.hoisted(() => vi.resetModules());
vi.mock('../../src/runtime/real-timers.js', () => import('../support/global-timers.js'));

/** Has each reading of the clock take so long, and counts the turns of the event loop. */
function slowClock(millisecondsPerReading: number): () => number {
  let milliseconds = 0;
  const now = mockMonotonicClock(() => (milliseconds += millisecondsPerReading));
  onTestFinished(() => now.mockRestore());
  let turns = 0;
  const count = (): void => {
    turns++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  onTestFinished(() => clearImmediate(counting));
  return () => turns;
}

/** A step that returns true so many times. */
function steps(count: number) {
  return vi.fn(() => count-- > 0);
}

test('the event loop has a turn whenever the time is over', async () => {
  const turns = slowClock(1);
  await runInTimeSlices(4, steps(20));
  expect(turns()).toBeGreaterThanOrEqual(4);
});

test('work that fits into the time is done without a turn of the event loop', () => {
  const turns = slowClock(0);
  const step = steps(1000);
  void runInTimeSlices(2, step);
  expect(step).toHaveBeenCalledTimes(1001);
  expect(turns()).toBe(0);
});

test('a step that throws rejects, and no other is made', async () => {
  const step = vi.fn(() => {
    throw new Error('no step');
  });
  await expect(runInTimeSlices(2, step)).rejects.toThrow('no step');
  expect(step).toHaveBeenCalledTimes(1);
});
