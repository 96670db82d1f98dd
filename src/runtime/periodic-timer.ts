/**
 * Runs a task at fixed due times: the moment of construction plus n intervals, on a monotonic clock. A late run does not
 * shift the later ones, so there is no drift, and a step of the wall clock changes nothing.
 *
 * Runs never overlap. Due times that pass while the task runs, or while the process is suspended, are skipped: the next run is
 * at the first due time after the task has ended, and what was missed is not made up for. A task whose promise never settles
 * is therefore not run again.
 *
 * The timer does not keep the process alive. What the task throws, or its promise rejects with, is ignored: a task reports
 * its own failures.
 */
export class PeriodicTimer {
  readonly #intervalMilliseconds: number;
  readonly #task: () => void | Promise<void>;
  readonly #now: () => number;
  readonly #startMilliseconds: number;
  /** The n of the due time that is waited for, or was last met. */
  #dueIndex = 0;
  #timeout: NodeJS.Timeout | undefined;
  #stopped = false;

  /**
   * @param intervalMilliseconds Up to 2^31 - 1, which is as long as `setTimeout` waits. Less than 1 counts as 1, its least wait.
   * @param now A clock in milliseconds that never runs backwards.
   */
  constructor(intervalMilliseconds: number, task: () => void | Promise<void>, now: () => number = () => performance.now()) {
    this.#intervalMilliseconds = Math.max(intervalMilliseconds, 1);
    this.#task = task;
    this.#now = now;
    this.#startMilliseconds = now();
    this.#waitForNext();
  }

  /** Ends the timer. A run that is under way goes on to its end. Stopping twice does nothing. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timeout);
  }

  #waitForNext(): void {
    const passed = Math.floor((this.#now() - this.#startMilliseconds) / this.#intervalMilliseconds);
    // The quotient of a due time may round to just below its index, which must not come twice.
    this.#dueIndex = Math.max(this.#dueIndex, passed) + 1;
    this.#wait();
  }

  #wait(): void {
    const dueMilliseconds = this.#startMilliseconds + this.#dueIndex * this.#intervalMilliseconds;
    const delayMilliseconds = Math.ceil(dueMilliseconds - this.#now());
    this.#timeout = setTimeout(() => {
      // Node.js counts its delays in whole milliseconds and may fire a fraction of one early.
      if (this.#now() < dueMilliseconds) this.#wait();
      else this.#run();
    }, delayMilliseconds);
    this.#timeout.unref();
  }

  async #run(): Promise<void> {
    try {
      await this.#task();
    } catch {
      // Ignored: see the class's comment.
    }
    if (!this.#stopped) this.#waitForNext();
  }
}
