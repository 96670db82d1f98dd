import { after, epochMilliseconds, nowMilliseconds } from '../runtime/real-timers.js';

/** Clocks, random numbers and timers, which tests replace. */
export interface TimeSource {
  /** Returns the milliseconds of a clock that never runs backwards. */
  monotonicMilliseconds(): number;
  /** Returns POSIX seconds. */
  epochSeconds(): number;
  /** Returns a random number of at least 0 and below 1. */
  random(): number;
  /** Calls back once, after the time. */
  after(milliseconds: number, callback: () => void): Timer;
}

export interface Timer {
  /** Lets the process end before the timer fires. */
  unref(): void;
  clear(): void;
}

/** The clocks and timers of the runtime, even while a test runner has replaced the global ones. */
export const systemTime: TimeSource = {
  monotonicMilliseconds: nowMilliseconds,
  epochSeconds: () => epochMilliseconds() / 1000,
  random: Math.random,
  after,
};
