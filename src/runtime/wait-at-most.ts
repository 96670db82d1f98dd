import { after } from './real-timers.js';

/**
 * Waits until the promise is fulfilled, but not longer than the given time.
 *
 * @param promise Must never reject.
 * @param keepsAlive Whether the wait itself keeps the process alive.
 */
export function waitAtMost(milliseconds: number, promise: Promise<unknown>, keepsAlive = true): Promise<void> {
  return new Promise((resolve) => {
    const timeout = after(milliseconds, resolve, keepsAlive);
    void promise.then(() => {
      timeout.clear();
      resolve();
    });
  });
}
