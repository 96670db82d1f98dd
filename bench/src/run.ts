import type { Environment } from './environment.js';

/** The figures of one bench. */
export interface BenchResult {
  readonly suite: string;
  readonly name: string;
  readonly question: string;
  readonly unit: string;
  readonly per: string;
  /** The figures of each contender, one for each round. Figures at the same index are from the same round. */
  readonly figures: Record<string, number[]>;
}

/** The result of a run, as `--json` writes it and `--from` reads it. */
export interface Run {
  readonly environment: Environment;
  readonly isQuick: boolean;
  /** True if work that waits for no server was timed by processor time. Absent in runs of older versions. */
  readonly isProcessorTime?: boolean;
  readonly rounds: number;
  /** The revision that this checkout is compared with. Absent in a run without `--against`. */
  readonly against?: string;
  readonly results: BenchResult[];
}
