// Stands in for src/runtime/real-timers.ts in tests that move the waits of the client by fake timers:
// vi.mock('../../src/runtime/real-timers.js', () => import('../support/global-timers.js')).

import { monotonicMilliseconds } from '../../src/runtime/monotonic-clock.js';
import type * as RealTimers from '../../src/runtime/real-timers.js';

export const nowMilliseconds: typeof RealTimers.nowMilliseconds = () => monotonicMilliseconds();
export const epochMilliseconds: typeof RealTimers.epochMilliseconds = () => Date.now();
export const setImmediate = ((...args: Parameters<typeof globalThis.setImmediate>) =>
  globalThis.setImmediate(...args)) as typeof RealTimers.setImmediate;
export const queueMicrotask: typeof RealTimers.queueMicrotask = (callback) => globalThis.queueMicrotask(callback);

export const after: typeof RealTimers.after = (milliseconds, callback, keepsAlive = true) => {
  const timeout = setTimeout(callback, milliseconds);
  if (!keepsAlive) timeout.unref();
  return { unref: () => void timeout.unref(), clear: () => clearTimeout(timeout) };
};

export const nextTurn: typeof RealTimers.nextTurn = () => new Promise((resolve) => void globalThis.setImmediate(resolve));
