import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Invocations } from '../../src/lambda/invocations.js';
import { deferred, thrower } from '../support/client.js';
import '../support/conservation.js';

// The harness has imported the real timers.
vi.hoisted(() => vi.resetModules());
vi.mock('../../src/runtime/real-timers.js', () => import('../support/global-timers.js'));

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Returns a Lambda context whose deadline is that many milliseconds from now. */
function contextOf(milliseconds: number) {
  const deadline = Date.now() + milliseconds;
  return { getRemainingTimeInMillis: () => deadline - Date.now() };
}

/** Returns invocations whose flushes end at once, and the times of these flushes. */
function counting() {
  const flushes: number[] = [];
  const begin = Date.now();
  const invocations = new Invocations(async () => flushes.push(Date.now() - begin));
  return { invocations, flushes };
}

test('a flush starts when the last open wrapper closes, and not before', async () => {
  const { invocations, flushes } = counting();
  const context = contextOf(60_000);
  const closings = [invocations.open(context), invocations.open(context), invocations.open(contextOf(9000)), invocations.open()];
  for (const close of closings.slice(0, -1)) {
    await close();
    expect(flushes).toHaveLength(0);
  }
  await closings.at(-1)!();
  expect(flushes).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('closing a wrapper twice has the effect of closing it once', async () => {
  const { invocations, flushes } = counting();
  const first = invocations.open();
  const second = invocations.open();
  await first();
  await first();
  expect(flushes).toHaveLength(0);
  await second();
  expect(flushes).toHaveLength(1);
});

test('a flush that waits for its turn is left to wrappers that have opened meanwhile', async () => {
  const running = deferred();
  const flush = vi.fn(() => running.promise);
  const invocations = new Invocations(flush);
  const closed = [invocations.open()()];
  await vi.advanceTimersByTimeAsync(0);
  closed.push(invocations.open()());
  const close = invocations.open();
  expect(flush).toHaveBeenCalledTimes(1);
  running.resolve();
  await Promise.all(closed);
  expect(flush).toHaveBeenCalledTimes(1);
  await close();
  expect(flush).toHaveBeenCalledTimes(2);
});

test('closing takes at most three seconds', async () => {
  const invocations = new Invocations(() => new Promise(() => {}));
  const close = invocations.open(contextOf(60_000));
  const begin = Date.now();
  const closed = close();
  await vi.advanceTimersByTimeAsync(10_000);
  await closed;
  expect(vi.getTimerCount()).toBe(0);
  const isOver = vi.fn();
  void invocations
    .open()()
    .then(() => isOver(Date.now() - begin));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(isOver).toHaveBeenCalledExactlyOnceWith(13_000);
});

test('closing ends 100 ms before the deadline, even if the flush has not ended', async () => {
  const invocations = new Invocations(() => new Promise(() => {}));
  const context = contextOf(2000);
  const isOver = vi.fn();
  void invocations
    .open(context)()
    .then(() => isOver(context.getRemainingTimeInMillis()));
  await vi.advanceTimersByTimeAsync(5000);
  expect(isOver).toHaveBeenCalledExactlyOnceWith(100);
});

test.each([
  [10_000, 9500],
  [1000, 500],
  [600, 300],
  [0, 0],
])('%d ms before its deadline, an invocation flushes after %d ms, once for all its wrappers', async (total, expected) => {
  const { invocations, flushes } = counting();
  const context = contextOf(total);
  const closings = Array.from({ length: 3 }, () => invocations.open(context));
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(flushes).toEqual([expected]);
  // A handler that ends after this flush, but before the deadline, flushes again.
  await Promise.all([...closings.map((close) => close()), vi.advanceTimersByTimeAsync(10)]);
  expect(flushes.length).toBeGreaterThan(1);
  expect(vi.getTimerCount()).toBe(0);
});

test('a wrapper that was cut off at its deadline does not keep others from flushing', async () => {
  const { invocations, flushes } = counting();
  invocations.open(contextOf(1000));
  await vi.advanceTimersByTimeAsync(1000);
  expect(flushes).toEqual([500]);
  await invocations.open(contextOf(1000))();
  expect(flushes).toEqual([500, 1000]);
});

test('a deadline starts a flush even if other wrappers are open', async () => {
  const { invocations, flushes } = counting();
  const other = invocations.open(contextOf(30_000));
  invocations.open(contextOf(1000));
  await vi.advanceTimersByTimeAsync(1000);
  expect(flushes).toEqual([500]);
  await other();
  expect(flushes).toEqual([500, 1000]);
});

test('when the event loop is empty, open wrappers are closed', async () => {
  const { invocations, flushes } = counting();
  const late = invocations.open(contextOf(60_000));
  invocations.abandon();
  expect(vi.getTimerCount()).toBe(0);
  const next = invocations.open();
  await late();
  expect(flushes).toHaveLength(0);
  await next();
  expect(flushes).toHaveLength(1);
});

test.each([
  ['none', {}],
  ['no function', { getRemainingTimeInMillis: 1 }],
  ['no number', { getRemainingTimeInMillis: () => 'soon' }],
  ['NaN', { getRemainingTimeInMillis: () => Number.NaN }],
  ['more than a timer takes', { getRemainingTimeInMillis: () => 1e12 }],
  ['an error', { getRemainingTimeInMillis: thrower('no') }],
])('a context whose remaining time is %s has no deadline', async (_, context) => {
  const { invocations, flushes } = counting();
  const close = invocations.open(context);
  expect(vi.getTimerCount()).toBe(0);
  await close();
  expect(flushes).toEqual([0]);
});
