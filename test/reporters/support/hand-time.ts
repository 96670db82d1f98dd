import type { Time, Timer } from '../../../src/reporters/time.js';

/** Time that passes only when a test says so. */
export class HandTime implements Time {
  #milliseconds = 0;
  #epochSeconds: number;
  readonly #timers = new Map<object, { dueMilliseconds: number; callback: () => void }>();

  constructor(epochSeconds: number) {
    this.#epochSeconds = epochSeconds;
  }

  monotonicMilliseconds(): number {
    return this.#milliseconds;
  }

  epochSeconds(): number {
    return this.#epochSeconds + this.#milliseconds / 1000;
  }

  random(): number {
    return 0.5;
  }

  after(milliseconds: number, callback: () => void): Timer {
    const key = {};
    this.#timers.set(key, { dueMilliseconds: this.#milliseconds + milliseconds, callback });
    return { unref() {}, clear: () => void this.#timers.delete(key) };
  }

  /** Lets so much time pass, and the timers that are due meanwhile fire. */
  pass(milliseconds: number): void {
    const endMilliseconds = this.#milliseconds + milliseconds;
    for (;;) {
      let next: [object, { dueMilliseconds: number; callback: () => void }] | undefined;
      for (const timer of this.#timers) {
        if (timer[1].dueMilliseconds > endMilliseconds) continue;
        if (next === undefined || timer[1].dueMilliseconds < next[1].dueMilliseconds) next = timer;
      }
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#milliseconds = Math.max(this.#milliseconds, next[1].dueMilliseconds);
      next[1].callback();
    }
    this.#milliseconds = endMilliseconds;
  }
}
