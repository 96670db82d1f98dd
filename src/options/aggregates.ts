import { checkChoice, ownArray, rangeError, show, typeError } from './checks.js';

const AGGREGATES = ['min', 'max', 'count', 'avg', 'sum', 'median'] as const;

/** What a histogram or timing reports about all its samples, by its suffix. */
export type Aggregate = (typeof AGGREGATES)[number];

/**
 * One of the values that a histogram or timing reports about the order of its samples.
 * @internal
 */
export interface Percentile {
  /** From 0 to 1. */
  readonly fraction: number;
  /** What follows the `.` after the metric's name. */
  readonly suffix: string;
}

/** As many as an engine computes. */
const MAX_PERCENTILES = 64;

/** The percentile that the aggregate `median` is. */
const MEDIAN: Percentile = { fraction: 0.5, suffix: 'median' };

/**
 * What a percentile is called in the name of a metric: its fraction times 100 as a decimal number, `_` in place of the `.`, and
 * `percentile`. So 0.95 gives `95percentile`, 0.999 gives `99_9percentile`, and 0.29 gives `29percentile`.
 *
 * The number is rounded to 12 significant digits, because 0.29 * 100 is not 29 in binary.
 *
 * @param fraction From 0 to 1.
 * @internal
 */
export function percentileName(fraction: number): string {
  const percent = Number((fraction * 100).toPrecision(12));
  // Small numbers would be printed with an exponent.
  const decimal = percent < 1e-6 ? percent.toFixed(20).replace(/\.?0+$/, '') : String(percent);
  return `${decimal.replace('.', '_')}percentile`;
}

/**
 * The percentiles of the options `percentiles` and, when `withMedian`, of the aggregate `median`, by ascending fraction. There
 * may be two of the fraction 0.5.
 *
 * @throws TypeError | RangeError when the option is no array, is too long, holds anything but numbers from 0 to 1, or holds two
 *   that would get the same name.
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
      throw rangeError(option, fraction, `only one percentile that is named ${suffix}`);
    }
    // The sum makes -0 a 0.
    percentiles.push({ fraction: fraction + 0, suffix });
  }
  return percentiles.sort((a, b) => a.fraction - b.fraction);
}

/**
 * @throws TypeError | RangeError that names the option.
 * @internal
 */
export function resolveAggregates(aggregates: unknown): Aggregate[] {
  const own = ownArray(aggregates, AGGREGATES.length);
  if (own === undefined) throw typeError('aggregates', aggregates, `an array of ${AGGREGATES.map(show).join(', ')}`);
  return own.map((aggregate, index) => {
    const option = `aggregates[${index}]`;
    if (own.indexOf(aggregate) < index) throw rangeError(option, aggregate, 'each aggregate only once');
    return checkChoice(option, aggregate, AGGREGATES);
  });
}
