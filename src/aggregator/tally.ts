// Handles of counters and gauges do not pass every sample to the engine. Integers whose sums stay below 2^53 add up to the same sum
// in any order, and of a gauge only the last value counts. Their samples are therefore kept in a tally, and one sample stands for
// all of them when the interval ends, when it is flushed, and when something wants to know what was applied.

/** Most samples of a tally. The sum of so many 32-bit integers is exact. */
const MAX_SAMPLES = 2 ** 21;

/** Samples of one counter or gauge in the current interval. */
export class Tally {
  /** The sum of a counter's samples, which are 32-bit integers; the last value of a gauge. */
  value = 0;
  /** Number of samples that it still takes; 0 unless it is open. */
  room = 0;
  isOpen = false;
  /** Of the context. */
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }

  /** Number of samples that it holds. */
  get count(): number {
    return this.isOpen ? MAX_SAMPLES - this.room : 0;
  }

  /** Opens it, or forgets its samples. */
  empty(): void {
    this.value = 0;
    this.room = MAX_SAMPLES;
    this.isOpen = true;
  }
}

/** The tallies of a client. */
export class Tallies {
  readonly #open: Tally[] = [];
  readonly #byCode = new Map<number, Tally>();
  #codeGeneration = 0;

  /** Those that may have samples. */
  get open(): readonly Tally[] {
    return this.#open;
  }

  get isEmpty(): boolean {
    return this.#open.every(({ count }) => count === 0);
  }

  /** Returns the tally of a context, if it has one. */
  get(code: number): Tally | undefined {
    return this.#byCode.get(code);
  }

  /** Returns the tally of a context. Two handles of one gauge share it, so that the later of their values is the last. */
  add(code: number, codeGeneration: number): Tally {
    // The codes of recycled contexts are given to others. No tally is open then, and every handle asks again.
    if (this.#codeGeneration !== codeGeneration) this.#byCode.clear();
    this.#codeGeneration = codeGeneration;
    let tally = this.#byCode.get(code);
    if (tally === undefined) {
      tally = new Tally(code);
      this.#byCode.set(code, tally);
    }
    return tally;
  }

  /** Opens a tally, which must be closed. */
  openTally(tally: Tally): void {
    tally.empty();
    this.#open.push(tally);
  }

  /** Closes all tallies. Their samples must have been applied. */
  close(): void {
    for (const tally of this.#open) {
      tally.room = 0;
      tally.isOpen = false;
    }
    this.#open.length = 0;
  }
}
