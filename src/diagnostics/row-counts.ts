// Each row is counted by one owner at a time, and every row that leaves an owner is counted by the next one, or as dropped:
//
// 1. A row that is still in a snapshot is not counted. If reading the snapshot fails, SnapshotReader.discard() counts the rows
//    that are lost, and the Flusher drops them.
// 2. A SliceSink counts the rows that were added to it (`metrics.rows`, `distributions.rows`) until it is told to send them. The
//    numbers become the flush's result; they are not part of the telemetry. Rows that a sink passes on earlier (`rowsGone`)
//    belong to the next owner from then on.
// 3. A reporter without `telemetry.rows` counts nothing. The Flusher counts its rows by what the methods resolve or reject with.
// 4. The HTTP reporter counts rows from the moment at which their payload is added to the Forwarder: RowAccounting while the
//    payload is in memory, and the Spool while it is a file. A Delivery adds up the same rows for the result of one flush, and
//    for nothing else.
// 5. The worker reporter counts rows from the moment at which they are added to its sink. The worker thread counts them like the
//    HTTP reporter, and reports its totals with each message. The main thread adds up the totals of successive workers
//    (WorkerTelemetry). It also knows the rows that the worker has not answered for (UnansweredWork), and derives `pending` from
//    both, because a worker that has ended cannot say what was pending.
//
// The client's telemetry is the sum of the Flusher's counts and the reporter's.

import { channels, type Publisher } from './channels.js';
import { ThreadStatsError } from './errors.js';

/** The reason for which rows were dropped. */
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
 * Counts of rows (metrics, distributions and events) by their fate. The number of flushed rows plus `takenOver` equals the sum of
 * `sent`, `pending`, `spooled` and all `dropped`.
 */
export interface RowCounts {
  /** Rows that the intake accepted, or that your own reporter took. */
  readonly sent: number;
  /** Rows in flight or waiting for a retry, including those that wait in `spoolDirectory`. */
  readonly pending: number;
  /** Rows that were dropped, by reason. */
  readonly dropped: Readonly<Record<RowDropReason, number>>;
  /** Rows that were left in `spoolDirectory` for other processes, or that other processes took over from there. */
  readonly spooled: number;
  /** Rows of other processes that this one took over from `spoolDirectory`. */
  readonly takenOver: number;
}

/** For each reason, the code of the error that reports it, and what to do about it. */
const MEANINGS: Record<RowDropReason, { code: string; advice: string }> = {
  reporter: { code: 'ERR_THREADSTATS_REPORTER', advice: 'the reporter failed; see its error' },
  closed: {
    code: 'ERR_THREADSTATS_REPORTER_CLOSED',
    advice: 'the reporter was closed before the intake accepted them; see its earlier errors, or give stop() a longer `timeout`',
  },
  nonFinite: { code: 'ERR_THREADSTATS_NON_FINITE_VALUE', advice: 'a value is infinite or NaN, which the intake does not accept' },
  refused: { code: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST', advice: 'the intake refused them' },
  tooLarge: {
    code: 'ERR_THREADSTATS_INTAKE_TOO_LARGE',
    advice: 'a single row is larger than the intake accepts; record fewer or shorter tags, or fewer distribution values',
  },
  queueFull: {
    code: 'ERR_THREADSTATS_QUEUE_FULL',
    advice:
      'the payloads that wait for a retry exceed `maxQueueBytes`, and the oldest are dropped first; raise it, or find out why the intake fails',
  },
  workerEnded: {
    code: 'ERR_THREADSTATS_WORKER',
    advice: 'they waited for a retry in a worker thread that ended; see its error',
  },
  tooOld: {
    code: 'ERR_THREADSTATS_TOO_OLD',
    advice: 'they waited for a retry for 50 minutes, and the intake refuses older ones',
  },
  spoolFull: {
    code: 'ERR_THREADSTATS_SPOOL_FULL',
    advice:
      '`spoolDirectory` holds more than `maxSpoolBytes`, and the oldest files are removed first; raise it, or find out why the intake fails',
  },
  spoolCorrupt: {
    code: 'ERR_THREADSTATS_SPOOL_CORRUPT',
    advice: 'their file in `spoolDirectory` was damaged; it was renamed to a name that ends in .corrupt',
  },
};

/**
 * Returns the number of all dropped rows.
 * @internal
 */
export function rowsDropped({ dropped }: RowCounts): number {
  return Object.values(dropped).reduce((sum, rows) => sum + rows, 0);
}

/**
 * Returns an error that explains the reason. `cause` is the failure that led to it.
 * @internal
 */
export function rowDropError(reason: RowDropReason, cause?: Error): ThreadStatsError {
  const { code, advice } = MEANINGS[reason];
  return new ThreadStatsError(code, cause === undefined ? advice : `${advice} (${cause.message})`, { cause });
}

/**
 * Counts rows by their fate.
 * @internal
 */
export class RowCounter {
  readonly #publisher: Publisher;
  sent = 0;
  pending = 0;
  spooled = 0;
  takenOver = 0;
  readonly dropped = Object.fromEntries(Object.keys(MEANINGS).map((reason) => [reason, 0])) as Record<RowDropReason, number>;

  constructor(publisher: Publisher = channels) {
    this.#publisher = publisher;
  }

  /** Counts dropped rows. The caller subtracts from `pending` those that were pending. */
  drop(reason: RowDropReason, rows: number): void {
    if (rows === 0) return;
    const isFirst = this.dropped[reason] === 0;
    this.dropped[reason] += rows;
    this.#publisher.publishDrop('row', reason, rows, isFirst);
  }

  /**
   * Returns the sum of these counts and `other`. An application's reporter may have made `other`, so that counts may be missing
   * or invalid.
   */
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
