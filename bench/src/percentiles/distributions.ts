import { seededRandom } from '../random.js';

/** The distributions. Each draws samples in the order in which they are recorded. */
export const DISTRIBUTIONS: Record<string, (count: number, random: () => number) => Float64Array> = {
  uniform: (count, random) => Float64Array.from({ length: count }, random),
  negative: (count, random) => Float64Array.from({ length: count }, () => -1000 * random()),
  geometric: (count, random) => Float64Array.from({ length: count }, () => 2 ** Math.floor(1000 * (random() - 0.5))),
  'one outlier of 1e300': (count, random) =>
    Float64Array.from({ length: count }, random).fill(1e300, count >> 1, (count >> 1) + 1),
  'all equal': (count) => new Float64Array(count).fill(0.25),
  'two values': (count, random) => Float64Array.from({ length: count }, () => (random() < 0.5 ? 0.25 : 0.75)),
  sorted: (count, random) => Float64Array.from({ length: count }, random).sort(),
  reversed: (count, random) => Float64Array.from({ length: count }, random).sort().reverse(),
};

/** Draws an array of samples for each histogram. All arrays differ, except in distributions without randomness. */
export function drawSamples(distribution: string, arrays: number, count: number): Float64Array[] {
  const random = seededRandom(2);
  return Array.from({ length: arrays }, () => DISTRIBUTIONS[distribution](count, random));
}
