import { checkResult } from '../suite.js';

/** Number of histograms in one repetition. */
export const HISTOGRAMS = 256;

export const PERCENTILES = [0.75, 0.85, 0.95, 0.99];

/** A way to get percentiles that is measured. */
export interface PercentileContender {
  /** Restores the samples in the order in which they were recorded; untimed. */
  refill(): void;
  /** The timed work. Returns the percentiles of all histograms in order. The next call may overwrite the array. */
  select(): Float64Array;
}

/** Returns the index of a percentile p in n sorted samples: round(p * n - 1) with halves to even, clamped to 0 and n - 1. */
export function rankOf(percentile: number, count: number): number {
  const rank = percentile * count - 1;
  const below = Math.floor(rank);
  const isUp = rank - below > 0.5 || (rank - below === 0.5 && below % 2 !== 0);
  return Math.min(Math.max(isUp ? below + 1 : below, 0), count - 1);
}

/** Throws when a percentile is not the sample at its rank. */
export function checkPercentiles(label: string, samples: readonly Float64Array[], selected: Float64Array): void {
  for (const [histogram, values] of samples.entries()) {
    const sorted = values.slice().sort();
    for (const [index, percentile] of PERCENTILES.entries()) {
      checkResult(label, selected[histogram * PERCENTILES.length + index], sorted[rankOf(percentile, values.length)]);
    }
  }
}
