/** The spread of a figure over several rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Returns the median, the least and the greatest of the figures. */
export function spreadOf(figures: readonly number[]): Spread {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** Divides the figures by the others, round by round, and returns the spread of the ratios. */
export function ratioOf(figures: readonly number[], others: readonly number[]): Spread {
  // Counts may be zero.
  return spreadOf(figures.map((figure, round) => (figure === others[round] ? 1 : figure / others[round])));
}
