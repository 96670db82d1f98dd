// The types of suites and benches, and the checks that suites share. Every contender of a bench runs in a process of its own.

/** The engines of this project, which every bench measures. */
export const ENGINES = ['wasm', 'js'] as const;

export type Unit = 'ns' | 'us' | 'ms' | 'bytes' | 'calls' | 'requests';

/** A bench answers one question about its contenders. */
export interface Bench {
  readonly name: string;
  /** The question, which must be understandable without its context. */
  readonly question: string;
  readonly unit: Unit;
  /** The thing for which a figure is measured, such as a call. */
  readonly per: string;
  /** The engines and their peers, in the order of the tables. */
  readonly contenders: readonly string[];
  /**
   * The contenders that the table of targets needs, which are the only ones in a quick run. A bench without any is left out of a
   * quick run, unless it is asked for by name.
   */
  readonly quickContenders?: readonly string[];
}

/** The length of a round. */
export interface Budget {
  /** Milliseconds for a round, for benches that are repeated as often as this allows. */
  readonly milliseconds: number;
  readonly warmupMilliseconds: number;
  /** Repetitions in a round, for benches whose repetitions are long. */
  readonly repetitions: number;
  readonly warmupRepetitions: number;
  /**
   * True to time work that waits for no server by the processor time of the process, which does not include the time of other
   * processes.
   */
  readonly isProcessorTime: boolean;
}

/** Benches that are measured in the same way. */
export interface Suite {
  readonly name: string;
  readonly benches: readonly Bench[];
  /** True if the figures do not drift. They are measured once, and printed without their spread, in one table for each unit. */
  readonly isCounted?: boolean;
  /** Flags of Node.js for the measuring processes. */
  readonly nodeFlags?: readonly string[];
  /**
   * Prepares the inputs and checks the contender's results. It is called in a process of its own. The returned function measures
   * one round, and resolves with the contender's figure in the bench's unit.
   */
  prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>>;
}

/** The work of one contender, whose results have been checked. */
export interface Work {
  /** Makes the calls of one repetition. */
  run(): void | Promise<void>;
  /** The number of calls in a repetition. */
  readonly calls: number;
  readonly isAsync: boolean;
  /** Empties a contender that would grow with each call. Absent when the contender does not grow. */
  reset?(): Promise<void>;
}

/** Throws when a contender has not done the work for which it is about to be timed. */
export function checkResult(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${what}: the result must be ${expected}, not ${actual}`);
}

/** Returns the entry; throws an error with its name when it is undefined. */
export function required<Value>(entry: Value | undefined, name: string): Value {
  if (entry === undefined) throw new Error(`there is no entry ${name}`);
  return entry;
}
