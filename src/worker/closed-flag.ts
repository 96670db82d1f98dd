import { nowMilliseconds } from '../runtime/real-timers.js';

// Shared memory of two Int32, by which the main thread sees what the worker does while it blocks. The first one is the worker's
// state: 0, or CLOSED. The second one grows while the worker lives: with each message that it receives, and regularly while it
// closes.

export const CLOSED = 1;

export const CLOSED_FLAG_BYTES = 8;

const OPEN = 0;

/**
 * Blocks this thread until the worker has closed, or the time is over.
 *
 * @returns False as soon as the worker has shown no sign of life for half of the time. It must then have ended, although this thread
 *   has not heard of it.
 */
export function waitUntilClosed(flag: Int32Array, timeoutMilliseconds: number): boolean {
  const endMilliseconds = nowMilliseconds() + timeoutMilliseconds;
  let signs = Atomics.load(flag, 1);
  let silentQuarters = 0;
  while (nowMilliseconds() < endMilliseconds && Atomics.wait(flag, 0, OPEN, timeoutMilliseconds / 4) === 'timed-out') {
    silentQuarters = Atomics.load(flag, 1) === signs ? silentQuarters + 1 : 0;
    if (silentQuarters === 2) return false;
    signs = Atomics.load(flag, 1);
  }
  return true;
}
