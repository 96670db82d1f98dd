declare global {
  interface SymbolConstructor {
    // For users' compilers, which may have it neither in `lib` nor from @types/node.
    readonly dispose: unique symbol;
  }
}

/** Measures one duration on a monotonic clock. `using timer = ...` stops it at the end of the block, even after a throw. */
export class Timer {
  readonly #record: (seconds: number) => void;
  readonly #startMilliseconds = performance.now();
  #seconds: number | undefined;

  /**
   * @param record Receives the elapsed seconds, once. Its errors are thrown by `stop`.
   * @internal
   */
  constructor(record: (seconds: number) => void) {
    this.#record = record;
  }

  /** Records the elapsed seconds and returns them. Further calls record nothing, and return the same number. */
  stop(): number {
    if (this.#seconds === undefined) {
      this.#seconds = (performance.now() - this.#startMilliseconds) / 1000;
      this.#record(this.#seconds);
    }
    return this.#seconds;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}
