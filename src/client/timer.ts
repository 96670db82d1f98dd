/**
 * Measures one stretch of time, on a monotonic clock. `using timer = ...` stops it at the end of the block, however that is left.
 */
export class Timer {
  readonly #record: (seconds: number) => void;
  readonly #startMilliseconds = performance.now();
  #seconds: number | undefined;

  /**
   * @param record Gets the elapsed seconds, once. What it throws, `stop` throws.
   * @internal
   */
  constructor(record: (seconds: number) => void) {
    this.#record = record;
  }

  /** Records the elapsed seconds and returns them. Further calls record nothing and return the same. */
  stop(): number {
    if (this.#seconds === undefined) {
      this.#seconds = secondsSince(this.#startMilliseconds);
      this.#record(this.#seconds);
    }
    return this.#seconds;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

function secondsSince(startMilliseconds: number): number {
  return (performance.now() - startMilliseconds) / 1000;
}
