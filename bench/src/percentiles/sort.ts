import { HISTOGRAMS, PERCENTILES, type PercentileContender, rankOf } from './selection.js';

/** Sorts the samples and takes those at the ranks, which is the simplest way to exact percentiles in JavaScript. */
export function createSortContender(samples: readonly Float64Array[]): PercentileContender {
  const copies = samples.map((values) => values.slice());
  const selected = new Float64Array(HISTOGRAMS * PERCENTILES.length);

  const refill = (): void => {
    for (const [index, copy] of copies.entries()) copy.set(samples[index]);
  };
  const select = (): Float64Array => {
    let target = 0;
    for (const values of copies) {
      values.sort();
      for (const percentile of PERCENTILES) selected[target++] = values[rankOf(percentile, values.length)];
    }
    return selected;
  };
  return { refill, select };
}
