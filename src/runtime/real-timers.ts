// The timers and clocks of the runtime, as they were when this file was loaded. Test runners replace the global ones (Jest's,
// Vitest's and Sinon's fake timers, the mock timers of node:test) while a delivery is under way, which would then never end.
// Requests, retries and waits for their end use these. What a test wants to move by its fake timers uses the global ones: the
// schedule of flushes (periodic-timer.ts), the clock of samples, and `timer()`.

import { optionalBuiltin } from './builtin.js';
import { monotonicMilliseconds } from './monotonic-clock.js';
import { inOwnContext } from './own-context.js';

// node:timers has real timers even where the global ones were replaced before, as by Jest and jsdom.
const timers = optionalBuiltin('node:timers') ?? globalThis;
const { setTimeout, clearTimeout } = timers;
const { hrtime } = process;
export const { nextTick } = process;

export const { setImmediate } = timers;
export const { queueMicrotask } = globalThis;

/** Returns the milliseconds of a clock that never runs backwards. */
export const nowMilliseconds = (): number => monotonicMilliseconds(hrtime);

/** Returns POSIX milliseconds. */
export const epochMilliseconds: () => number = Date.now.bind(Date);

/** A timeout that is yet to come. */
export interface Timeout {
  clear(): void;
}

/**
 * Calls back once, after the time. The callback runs outside of every AsyncLocalStorage of the application.
 *
 * @param keepsAlive Whether the wait keeps the process alive. Some runtimes have no choice.
 */
export function after(milliseconds: number, callback: () => void, keepsAlive = true): Timeout & { unref(): void } {
  // Timers are numbers in browsers, and where a test environment imitates one.
  const timeout = inOwnContext(() => setTimeout(callback, milliseconds)) as NodeJS.Timeout;
  const unref = (): void => void timeout.unref?.();
  if (!keepsAlive) unref();
  return { unref, clear: () => clearTimeout(timeout) };
}

/** Lets the event loop do other work. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
