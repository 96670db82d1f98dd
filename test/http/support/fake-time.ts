import type { Timer, TimeSource } from '../../../src/http/time-source.js';

interface Waiting {
  readonly dueMilliseconds: number;
  readonly callback: () => void;
}

/** A time source whose time passes only when the test says so, and whose random numbers the test chooses. */
export class FakeTime implements TimeSource {
  nowMilliseconds = 0;
  /** Seconds between the wall clock and the monotonic one. */
  epochOffsetSeconds = 1_000_000_000;
  /** Returns the next random number, from 0 up to 1. */
  chance: () => number = () => 0.5;
  readonly #timers = new Set<Waiting>();
  /** Timers that would keep a process alive. */
  readonly #strong = new Set<Waiting>();

  monotonicMilliseconds(): number {
    return this.nowMilliseconds;
  }

  epochSeconds(): number {
    return this.epochOffsetSeconds + this.nowMilliseconds / 1000;
  }

  random(): number {
    return this.chance();
  }

  after(milliseconds: number, callback: () => void): Timer {
    const timer = { dueMilliseconds: this.nowMilliseconds + milliseconds, callback };
    this.#timers.add(timer);
    this.#strong.add(timer);
    return {
      unref: () => this.#strong.delete(timer),
      clear: () => {
        this.#timers.delete(timer);
        this.#strong.delete(timer);
      },
    };
  }

  get timers(): number {
    return this.#timers.size;
  }

  get keepsAlive(): boolean {
    return this.#strong.size > 0;
  }

  /** Lets time pass. Each timer fires at its own time. */
  async pass(milliseconds: number): Promise<void> {
    const endMilliseconds = this.nowMilliseconds + milliseconds;
    await settle();
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.dueMilliseconds - b.dueMilliseconds);
      if (next === undefined || next.dueMilliseconds > endMilliseconds) break;
      this.nowMilliseconds = Math.max(this.nowMilliseconds, next.dueMilliseconds);
      await this.#fire(next);
    }
    this.nowMilliseconds = endMilliseconds;
  }

  /** Lets time pass while nothing runs, as when a machine sleeps; then all due timers fire. */
  async suspend(milliseconds: number): Promise<void> {
    this.nowMilliseconds += milliseconds;
    for (const timer of [...this.#timers]) {
      if (timer.dueMilliseconds <= this.nowMilliseconds && this.#timers.has(timer)) await this.#fire(timer);
    }
  }

  async #fire(timer: Waiting): Promise<void> {
    this.#timers.delete(timer);
    this.#strong.delete(timer);
    timer.callback();
    await settle();
  }
}

/** Waits for everything that does not wait for time. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
