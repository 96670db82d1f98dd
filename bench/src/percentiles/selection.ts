import { checkResult } from '../suite.js';

/** Histograms of which the percentiles are taken in one repetition. */
export const HISTOGRAMS = 256;

export const PERCENTILES = [0.75, 0.85, 0.95, 0.99];

/** What one contender does. */
export interface Selection {
  /** Puts the samples back as they were recorded; untimed. */
  refill(): void;
  /** The timed work: the percentiles of every histogram, one after the other, in an array that the next call may overwrite. */
  select(): Float64Array;
}

/** The index, among so many sorted samples, of a percentile: round(p * n - 1), halves to even, clamped. */
export function rankOf(percentile: number, count: number): number {
  const rank = percentile * count - 1;
  const below = Math.floor(rank);
  const isUp = rank - below > 0.5 || (rank - below === 0.5 && below % 2 !== 0);
  return Math.min(Math.max(isUp ? below + 1 : below, 0), count - 1);
}

/** Fails when a percentile is not the sample at its rank. */
export function checkPercentiles(what: string, samples: readonly Float64Array[], selected: Float64Array): void {
  for (const [histogram, values] of samples.entries()) {
    const sorted = values.slice().sort();
    for (const [index, percentile] of PERCENTILES.entries()) {
      checkResult(what, selected[histogram * PERCENTILES.length + index], sorted[rankOf(percentile, values.length)]);
    }
  }
}
