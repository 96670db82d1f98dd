// What a suite is: benches that are measured in the same way, each by a process of its own for every contender.

/** The engines, by which every bench is run. */
export const ENGINES = ['wasm', 'js'] as const;

export type Unit = 'ns' | 'us' | 'ms' | 'bytes';

/** One question, and who answers it. */
export interface Bench {
  readonly name: string;
  /** The question, above which nothing else has to be read. */
  readonly question: string;
  /** What the figures count: for example nanoseconds a call. */
  readonly unit: Unit;
  readonly per: string;
  /** The engines and their peers, in the order in which they are shown. */
  readonly contenders: readonly string[];
  /** Those that the table of targets needs. A quick run measures no others, and no bench that has none unless asked by name. */
  readonly quickContenders?: readonly string[];
}

/** How long a round takes. */
export interface Budget {
  /** Milliseconds of timed work, for benches that are repeated as often as they fit. */
  readonly milliseconds: number;
  readonly warmupMilliseconds: number;
  /** Repetitions, for benches that take long. */
  readonly repetitions: number;
  readonly warmupRepetitions: number;
}

/** Benches that are measured in the same way. */
export interface Suite {
  readonly name: string;
  readonly benches: readonly Bench[];
  /** Flags of Node.js that the measuring processes need. */
  readonly nodeFlags?: readonly string[];
  /**
   * Called in a process of its own: makes everything ready and checks the contender's results. What it gives is called once a
   * round, and gives the contender's figure in the bench's unit.
   */
  prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>>;
}

/** Fails when a contender has not done the work that it is about to be timed at. */
export function checkResult(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: the result is ${actual} and should be ${expected}`);
}

/** The entry of a contender or shape, or an error that names it. */
export function required<Value>(entry: Value | undefined, name: string): Value {
  if (entry === undefined) throw new Error(`there is nothing called ${name}`);
  return entry;
}
