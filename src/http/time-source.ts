/** What delivery knows of time and chance; tests put their own in its place. */
export interface TimeSource {
  /** Milliseconds of a clock that never runs backwards. */
  monotonicMilliseconds(): number;
  epochSeconds(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Calls back once. */
  after(milliseconds: number, callback: () => void): Timer;
}

export interface Timer {
  /** Lets the process end before. */
  unref(): void;
  clear(): void;
}

export const systemTime: TimeSource = {
  monotonicMilliseconds: () => performance.now(),
  epochSeconds: () => Date.now() / 1000,
  random: Math.random,
  after: (milliseconds, callback) => {
    const timeout = setTimeout(callback, milliseconds);
    return { unref: () => timeout.unref(), clear: () => clearTimeout(timeout) };
  },
};
