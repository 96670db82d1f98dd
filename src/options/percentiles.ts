import { ownArray, rangeError, typeError } from './checks.js';

/**
 * A value that a histogram or timing reports about its sorted samples.
 * @internal
 */
export interface Percentile {
  /** From 0 to 1. */
  readonly fraction: number;
  /** Follows the metric's name and a `.` in the name of the row. */
  readonly suffix: string;
}

/** Most percentiles that an engine computes. */
const MAX_PERCENTILES = 64;

/**
 * The percentile of the aggregate `median`: the sample at index floor((n - 1) / 2), as the Agent has it. A percentile p is the
 * sample at index round(p * n - 1). At 0.5 that would be the sample below the median for every odd n; with this fraction it is the
 * median for every n up to 1000, which is as many samples as are kept.
 */
const MEDIAN: Percentile = { fraction: 0.50025, suffix: 'median' };

/**
 * Returns the suffix of a percentile: its fraction times 100 as a decimal number, with `_` in place of the `.`, and
 * `percentile`. 0.95 is named `95percentile`, and 0.999 is named `99_9percentile`.
 *
 * The number is rounded to 12 significant digits, because 0.29 * 100 is not 29 in binary.
 */
function percentileName(fraction: number): string {
  const percent = Number((fraction * 100).toPrecision(12));
  // `String` would write numbers below 1e-6 with an exponent.
  const decimal = percent < 1e-6 ? percent.toFixed(20).replace(/\.?0+$/, '') : String(percent);
  return `${decimal.replace('.', '_')}percentile`;
}

/**
 * Checks the option `percentiles` and returns it by ascending fraction.
 *
 * @param withMedian Adds the percentile of the aggregate `median`, even if the fraction 0.5 is there already.
 * @throws TypeError | RangeError if the option is not an array, has more than 64 elements (`median` included), holds anything
 *   but numbers from 0 to 1, or holds two that have the same name.
 * @internal
 */
export function resolvePercentiles(fractions: unknown, withMedian: boolean): Percentile[] {
  const percentiles = withMedian ? [MEDIAN] : [];
  const max = MAX_PERCENTILES - percentiles.length;
  const own = ownArray(fractions, max);
  if (own === undefined) throw typeError('percentiles', fractions, 'an array of numbers from 0 to 1');
  if (own.length > max) {
    const { length } = fractions as unknown[];
    throw rangeError('percentiles.length', length, `at most ${max}${withMedian ? ' beside `median`' : ''}`);
  }

  for (const [index, fraction] of own.entries()) {
    const option = `percentiles[${index}]`;
    if (typeof fraction !== 'number') throw typeError(option, fraction, 'a number from 0 to 1');
    if (!(fraction >= 0 && fraction <= 1)) throw rangeError(option, fraction, 'a number from 0 to 1');
    const suffix = percentileName(fraction);
    if (percentiles.some((other) => other.suffix === suffix)) {
      throw rangeError(option, fraction, `each percentile only once; two are named ${suffix}`);
    }
    // Adding zero turns -0 into 0.
    percentiles.push({ fraction: fraction + 0, suffix });
  }
  return percentiles.sort((a, b) => a.fraction - b.fraction);
}
