import { ThreadStatsError } from '../diagnostics/errors.js';
import type { DistributionRow, MetricRow } from '../model/rows.js';

/**
 * Counts rows that are left out because a value is infinite or NaN, for example a sum that overflowed. JSON cannot represent such
 * a value, and the intake would refuse the whole payload.
 */
export class NonFiniteRows {
  /** Number of rows left out. */
  refused = 0;
  /** Undefined when no row was left out. */
  cause: ThreadStatsError | undefined;

  /** Counts a row. The metric of the first one is named in `cause`. */
  add(metric: string): void {
    this.refused++;
    this.cause ??= new ThreadStatsError(
      'ERR_THREADSTATS_NON_FINITE_VALUE',
      `${JSON.stringify(metric)} has a value that is infinite or NaN, which the intake does not accept`,
    );
  }
}

/** True if all values of the row are finite. */
export function isFiniteRow({ points }: MetricRow | DistributionRow): boolean {
  return points.every(([, value]) => (typeof value === 'number' ? Number.isFinite(value) : value.every(Number.isFinite)));
}
