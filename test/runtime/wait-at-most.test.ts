import { expect, onTestFinished, test, vi } from 'vitest';
import { deferred } from '../support/client.js';
import { hideBuiltin } from '../support/hide-builtin.js';

/** Loads the module where there are no timers but the global ones, which are mocked. */
async function load() {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  hideBuiltin('node:timers');
  vi.resetModules();
  return import('../../src/runtime/wait-at-most.js');
}

test('a wait ends with the promise, and leaves no timer behind', async () => {
  const { waitAtMost } = await load();
  const { promise, resolve } = deferred();
  const waited = waitAtMost(1000, promise);
  expect(vi.getTimerCount()).toBe(1);
  resolve();
  await waited;
  expect(vi.getTimerCount()).toBe(0);
});

test('a wait ends after its time if the promise never settles', async () => {
  const { waitAtMost } = await load();
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
])('a wait with keepsAlive %s keeps the process alive: %s', async (keepsAlive, expected) => {
  vi.resetModules();
  const { waitAtMost } = await import('../../src/runtime/wait-at-most.js');
  const timeouts = (): number => process.getActiveResourcesInfo().filter((type) => type === 'Timeout').length;
  const before = timeouts();
  const { promise, resolve } = deferred();
  const waited = waitAtMost(100_000, promise, keepsAlive);
  expect(timeouts() > before).toBe(expected);
  resolve();
  await waited;
});
