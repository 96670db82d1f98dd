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
  /** Of the context. */
  readonly code: number;

  constructor(code: number) {
    this.code = code;
  }
}

/** Called with the code of a tally, its value, and the number of samples that the value stands for. */
type Apply = (code: number, value: number, count: number) => void;

/** The tallies of a client. */
export class Tallies {
  /** Those that may have samples. */
  readonly #open: Tally[] = [];
  readonly #byCode = new Map<number, Tally>();
  #codeGeneration = 0;

  get isEmpty(): boolean {
    return !this.#open.some(({ room }) => room < MAX_SAMPLES);
  }

  /** Returns the tally of a context. Two handles of one gauge share it, so that the later of their values is the last. */
  find(code: number, codeGeneration: number): Tally {
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

  /** Makes room in a tally, which must have none, for the next samples. */
  open(tally: Tally, apply: Apply): void {
    if (this.#open.includes(tally)) return take(tally, apply);
    tally.value = 0;
    tally.room = MAX_SAMPLES;
    this.#open.push(tally);
  }

  /** Applies the samples of a tally, if the context has one. */
  applyOne(code: number, apply: Apply): void {
    const tally = this.#byCode.get(code);
    if (tally !== undefined && tally.room > 0) take(tally, apply);
  }

  /** Applies the samples of all tallies, and closes them. */
  applyAll(apply: Apply): void {
    for (const tally of this.#open) {
      take(tally, apply);
      tally.room = 0;
    }
    this.#open.length = 0;
  }
}

function take(tally: Tally, apply: Apply): void {
  const { code, value, room } = tally;
  tally.value = 0;
  tally.room = MAX_SAMPLES;
  if (room < MAX_SAMPLES) apply(code, value, MAX_SAMPLES - room);
}
