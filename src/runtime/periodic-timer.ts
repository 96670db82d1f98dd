import { monotonicMilliseconds } from './monotonic-clock.js';
import { inOwnContext } from './own-context.js';

/**
 * Runs a task at fixed due times: the time of construction plus n intervals, on a monotonic clock. A late run does not shift
 * later ones, so there is no drift, and changes of the wall clock have no effect.
 *
 * Runs never overlap. Due times that pass while the task runs, or while the process is suspended, are skipped and not made up
 * for: the next run is at the first due time after the task has ended. A task whose promise never settles is not run again.
 *
 * Time is that of the global `setTimeout` and `process.hrtime`, so the fake timers of a test runner move it.
 *
 * The timer does not keep the process alive. Errors that the task throws, or its promise rejects with, are ignored: a task
 * reports its own failures.
 */
export class PeriodicTimer {
  readonly #intervalMilliseconds: number;
  readonly #task: () => void | Promise<void>;
  #startMilliseconds = monotonicMilliseconds();
  /** Number of the due time that the timer waits for, or has reached last. */
  #dueIndex = 0;
  #timeout: NodeJS.Timeout | number | undefined;
  #stopped = false;

  /** @param intervalMilliseconds Up to 2^31 - 1, the longest wait of `setTimeout`. Less than 1 counts as 1, its shortest wait. */
  constructor(intervalMilliseconds: number, task: () => void | Promise<void>) {
    this.#intervalMilliseconds = Math.max(intervalMilliseconds, 1);
    this.#task = task;
    this.#waitForNext();
  }

  /** Ends the timer. A task that is running goes on to its end. A second call has no effect. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timeout);
  }

  #waitForNext(): void {
    const passed = Math.floor((monotonicMilliseconds() - this.#startMilliseconds) / this.#intervalMilliseconds);
    // At a due time, the quotient may be rounded to just below its number, which must not be used twice.
    this.#dueIndex = Math.max(this.#dueIndex, passed) + 1;
    this.#wait();
  }

  #wait(): void {
    const dueMilliseconds = this.#startMilliseconds + this.#dueIndex * this.#intervalMilliseconds;
    const setMilliseconds = monotonicMilliseconds();
    const delayMilliseconds = Math.ceil(dueMilliseconds - setMilliseconds);
    const onTimeout = (): void => {
      const now = monotonicMilliseconds();
      const isEarly = now < dueMilliseconds;
      // Node.js counts delays in whole milliseconds, from the beginning of a turn, and so may fire a little early.
      if (isEarly && now - setMilliseconds > delayMilliseconds / 2) return this.#wait();
      // A test has moved the timers and not the clock: the clock counts as being behind.
      if (isEarly) this.#startMilliseconds -= dueMilliseconds - now;
      void this.#run();
    };
    // A task does not belong to the request of the application in which it happened to be scheduled.
    this.#timeout = inOwnContext(() => setTimeout(onTimeout, delayMilliseconds));
    // It is a number where a test environment imitates a browser.
    (this.#timeout as Partial<NodeJS.Timeout>).unref?.();
  }

  async #run(): Promise<void> {
    try {
      await this.#task();
    } catch {
      // Ignored, as described above the class.
    }
    if (!this.#stopped) this.#waitForNext();
  }
}
