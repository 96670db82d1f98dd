/**
 * Measures one stretch of time, from its construction to {@link Timer.stop}, on a monotonic clock. It is disposable too:
 * `using timer = ...` stops it at the end of the block, however that is left.
 */
export class Timer {
  readonly #record: (seconds: number) => void;
  readonly #startMilliseconds = performance.now();
  #seconds: number | undefined;

  /** @param record Gets the elapsed seconds, once. What it throws, `stop` throws. */
  constructor(record: (seconds: number) => void) {
    this.#record = record;
  }

  /** Records the elapsed seconds and returns them. Every further call records nothing and returns the same. */
  stop(): number {
    if (this.#seconds === undefined) {
      this.#seconds = secondsSince(this.#startMilliseconds);
      this.#record(this.#seconds);
    }
    return this.#seconds;
  }

  /** Does what {@link stop} does, at the end of a `using` declaration's block. */
  [Symbol.dispose](): void {
    this.stop();
  }
}

function secondsSince(startMilliseconds: number): number {
  return (performance.now() - startMilliseconds) / 1000;
}
