import { ThreadStatsError } from '../../diagnostics/errors.js';

interface RowWithPoints {
  readonly metric: string;
  readonly points: readonly (readonly [timestampSeconds: number, value: number | readonly number[]])[];
}

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
      `${JSON.stringify(metric)} has a value that is infinite or NaN, which the intake cannot take`,
    );
  }
}

/** Whether all values of the row are finite. */
export function isFiniteRow(row: RowWithPoints): boolean {
  return row.points.every(([, value]) => (typeof value === 'number' ? Number.isFinite(value) : value.every(Number.isFinite)));
}
