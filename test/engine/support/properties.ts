import fc, { type Parameters } from 'fast-check';

/** Makes properties use the same inputs in each run. A failure prints the seed and the path of the smallest failing input. */
export function fixedRuns<Input>(numRuns: number): Parameters<Input> {
  return { seed: 20_250_601, numRuns };
}

/** Lists of percentiles in ascending order, as engines get them. */
export function percentileLists(minLength: number): fc.Arbitrary<number[]> {
  return fc
    .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength, maxLength: 64 })
    .map((list) => list.sort((a, b) => a - b));
}
