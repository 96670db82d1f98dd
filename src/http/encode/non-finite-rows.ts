import { ThreadStatsError } from '../../diagnostics/errors.js';
import type { RefusedRows } from '../delivery/delivery.js';

interface RowWithPoints {
  readonly metric: string;
  readonly points: readonly (readonly [timestampSeconds: number, value: number | readonly number[]])[];
}

/**
 * Rows with an infinite or NaN value (a sum that overflowed, for one), which are left out: JSON has no way to write it, and
 * the intake refuses the whole payload for one such row.
 */
export class NonFiniteRows implements RefusedRows {
  refused = 0;
  /** Undefined when none was left out. */
  cause: ThreadStatsError | undefined;

  /** Counts a row, whose metric is named in `cause` if it is the first. */
  add(metric: string): void {
    this.refused++;
    this.cause ??= new ThreadStatsError(
      'ERR_THREADSTATS_NON_FINITE_VALUE',
      `${JSON.stringify(metric)} has a value that is infinite or NaN, which the intake cannot take`,
    );
  }
}

/** Whether JSON can carry the row. */
export function isFiniteRow(row: RowWithPoints): boolean {
  return row.points.every(([, value]) => (typeof value === 'number' ? Number.isFinite(value) : value.every(Number.isFinite)));
}
