import { checkChoice, oneOf, ownArray, rangeError, typeError } from './checks.js';

const AGGREGATES = ['min', 'max', 'count', 'avg', 'sum', 'median'] as const;

/** A value that a histogram or timing reports about all its samples of an interval, named by its suffix. */
export type Aggregate = (typeof AGGREGATES)[number];

/**
 * Checks the option `aggregates` and returns a copy of it.
 *
 * @throws TypeError | RangeError if it is not an array, holds anything but aggregates, or holds one twice.
 * @internal
 */
export function resolveAggregates(aggregates: unknown): Aggregate[] {
  const own = ownArray(aggregates, AGGREGATES.length);
  if (own === undefined) throw typeError('aggregates', aggregates, `an array, each element ${oneOf(AGGREGATES)}`);
  return own.map((aggregate, index) => {
    const option = `aggregates[${index}]`;
    if (own.indexOf(aggregate) < index) throw rangeError(option, aggregate, 'each aggregate only once');
    return checkChoice(option, aggregate, AGGREGATES);
  });
}
