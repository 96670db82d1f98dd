/** Measures one duration on a monotonic clock. `using timer = ...` stops it at the end of the block, even after a throw. */
export class Timer {
  readonly #record: (seconds: number) => void;
  readonly #startMilliseconds = performance.now();
  #seconds: number | undefined;

  /**
   * @param record Receives the elapsed seconds, once. `stop` throws the errors that it throws.
   * @internal
   */
  constructor(record: (seconds: number) => void) {
    this.#record = record;
  }

  /** Records the elapsed seconds and returns them. Further calls record nothing, and return the same number. */
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
