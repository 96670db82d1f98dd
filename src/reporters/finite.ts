import { ThreadStatsError } from '../errors.js';

interface RowWithPoints {
  readonly metric: string;
  readonly points: readonly (readonly [timestampSeconds: number, value: number | readonly number[]])[];
}

/** Rows that JSON can carry, and why the others were left out. */
export interface FiniteRows<Row> {
  rows: Row[];
  /** Rows left out. */
  refused: number;
  /** Why; undefined when none was. */
  cause: ThreadStatsError | undefined;
}

/**
 * Leaves out rows with an infinite or NaN value (a sum that overflowed, for one): JSON has no way to write it, and the
 * intake refuses the whole payload for one such row.
 */
export function onlyFinite<Row extends RowWithPoints>(rows: Row[]): FiniteRows<Row> {
  const culprit = rows.find((row) => !isFiniteRow(row));
  if (culprit === undefined) return { rows, refused: 0, cause: undefined };
  const finite = rows.filter(isFiniteRow);
  const cause = new ThreadStatsError(
    'ERR_THREADSTATS_NON_FINITE_VALUE',
    `${JSON.stringify(culprit.metric)} has a value that is infinite or NaN, which the intake cannot take`,
  );
  return { rows: finite, refused: rows.length - finite.length, cause };
}

function isFiniteRow(row: RowWithPoints): boolean {
  return row.points.every(([, value]) => (typeof value === 'number' ? Number.isFinite(value) : value.every(Number.isFinite)));
}
