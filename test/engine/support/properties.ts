import type { Parameters } from 'fast-check';

/** Makes properties use the same inputs in each run. A failure prints the seed and the path of the smallest failing input. */
export function fixedRuns<Input>(numRuns: number): Parameters<Input> {
  return { seed: 20_250_601, numRuns };
}
