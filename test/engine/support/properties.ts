import type { Parameters } from 'fast-check';

/** How properties run: the same inputs each time. A failure prints the seed, and the path to the smallest input that fails. */
export function fixedRuns<Input>(numRuns: number): Parameters<Input> {
  return { seed: 20_250_601, numRuns };
}
