import { publishDrop } from './channels.js';
import { ThreadStatsError } from './errors.js';

/** Why rows were not delivered, and never will be. */
export type RowDropReason =
  | 'reporter'
  | 'closed'
  | 'nonFinite'
  | 'refused'
  | 'tooLarge'
  | 'queueFull'
  | 'tooOld'
  | 'spoolFull'
  | 'spoolCorrupt'
  | 'workerEnded';

/**
 * Rows (metrics, distributions and events) by what became of them: those reported and those taken over are all that were sent, are
 * pending, were spooled or dropped.
 */
export interface RowCounts {
  /** Accepted by the intake, or taken by a reporter of your own. */
  readonly sent: number;
  /** On their way, or waiting for another try, in `spoolDirectory` too. */
  readonly pending: number;
  /** Given up, by reason. */
  readonly dropped: Readonly<Record<RowDropReason, number>>;
  /** Left in `spoolDirectory` for other processes, or taken out of it by them. */
  readonly spooled: number;
  /** Taken out of `spoolDirectory`, where other processes had left them. */
  readonly takenOver: number;
}

/** The code of the error that reports each reason, and what to do about it. */
const MEANINGS: Record<RowDropReason, { code: string; advice: string }> = {
  reporter: { code: 'ERR_THREADSTATS_REPORTER', advice: 'the reporter failed; see its error' },
  closed: {
    code: 'ERR_THREADSTATS_REPORTER_CLOSED',
    advice: 'the reporter was closed before the intake took them; give stop() a longer `timeout`',
  },
  nonFinite: { code: 'ERR_THREADSTATS_NON_FINITE_VALUE', advice: 'a value is infinite or NaN, which the intake cannot take' },
  refused: { code: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST', advice: 'the intake refused them' },
  tooLarge: {
    code: 'ERR_THREADSTATS_INTAKE_TOO_LARGE',
    advice: 'a row by itself is larger than the intake takes; record fewer or shorter tags, or fewer distribution values',
  },
  queueFull: {
    code: 'ERR_THREADSTATS_QUEUE_FULL',
    advice:
      'what waits for the intake is larger than `maxQueueBytes`, and the oldest goes first; raise it, or see why the intake fails',
  },
  workerEnded: {
    code: 'ERR_THREADSTATS_WORKER',
    advice: 'they waited for another try in a worker thread that ended; see its error',
  },
  tooOld: { code: 'ERR_THREADSTATS_TOO_OLD', advice: 'they waited for 50 minutes, and the intake refuses older ones' },
  spoolFull: {
    code: 'ERR_THREADSTATS_SPOOL_FULL',
    advice:
      'the files in `spoolDirectory` are larger than `maxSpoolBytes`, and the oldest goes first; raise it, or see why the intake fails',
  },
  spoolCorrupt: {
    code: 'ERR_THREADSTATS_SPOOL_CORRUPT',
    advice: 'their file in `spoolDirectory` was damaged, and is set aside with the name ending in .corrupt',
  },
};

/**
 * All rows that were given up.
 * @internal
 */
export function rowsDropped({ dropped }: RowCounts): number {
  return Object.values(dropped).reduce((sum, rows) => sum + rows, 0);
}

/**
 * An error that says what the reason means; `cause` is the failure behind it.
 * @internal
 */
export function rowDropError(reason: RowDropReason, cause?: Error): ThreadStatsError {
  const { code, advice } = MEANINGS[reason];
  return new ThreadStatsError(code, cause === undefined ? advice : `${advice} (${cause.message})`, { cause });
}

/**
 * Keeps account of rows.
 * @internal
 */
export class RowCounter {
  sent = 0;
  pending = 0;
  spooled = 0;
  takenOver = 0;
  readonly dropped = Object.fromEntries(Object.keys(MEANINGS).map((reason) => [reason, 0])) as Record<RowDropReason, number>;

  /** Counts rows that were given up; those that were pending are to be taken off there. */
  drop(reason: RowDropReason, rows: number): void {
    if (rows === 0) return;
    const isFirst = this.dropped[reason] === 0;
    this.dropped[reason] += rows;
    publishDrop('row', reason, rows, isFirst);
  }

  /** A copy, to which other counts are added; those may lack any, or be none, for a reporter of the application may have made them. */
  plus(other?: Partial<RowCounts>): RowCounts {
    const dropped = { ...this.dropped };
    for (const reason of Object.keys(dropped) as RowDropReason[]) dropped[reason] += countOf(other?.dropped?.[reason]);
    return {
      sent: this.sent + countOf(other?.sent),
      pending: this.pending + countOf(other?.pending),
      dropped,
      spooled: this.spooled + countOf(other?.spooled),
      takenOver: this.takenOver + countOf(other?.takenOver),
    };
  }
}

function countOf(count: unknown): number {
  return Number.isSafeInteger(count) ? (count as number) : 0;
}
