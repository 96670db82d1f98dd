/** A decrement as an increment. What is no number is left for the aggregator to refuse: negating it might throw. */
export function negated(value: number): number {
  return typeof value === 'number' ? -value : value;
}
