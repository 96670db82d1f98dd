import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { waitAtMost } from '../../src/runtime/wait-at-most.js';
import { deferred } from '../support/client.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('a wait ends with the promise, and leaves no timer behind', async () => {
  const { promise, resolve } = deferred();
  const waited = waitAtMost(1000, promise);
  expect(vi.getTimerCount()).toBe(1);
  resolve();
  await waited;
  expect(vi.getTimerCount()).toBe(0);
});

test('a wait ends after its time if the promise never settles', async () => {
  const isOver = vi.fn();
  void waitAtMost(1000, new Promise(() => {})).then(isOver);
  await vi.advanceTimersByTimeAsync(999);
  expect(isOver).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(isOver).toHaveBeenCalledOnce();
});

test.each([
  [undefined, true],
  [true, true],
  [false, false],
])('a wait with keepsAlive %s keeps the process alive: %s', (keepsAlive, expected) => {
  const setTimeoutSpy = vi.spyOn(globalThis, 'setTimeout');
  void waitAtMost(1000, new Promise(() => {}), keepsAlive);
  expect(setTimeoutSpy.mock.results[0].value.hasRef()).toBe(expected);
  setTimeoutSpy.mockRestore();
});
