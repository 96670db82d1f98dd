import type { DeliveryError } from '../diagnostics/errors.js';
import { RowCounter, type RowCounts, type RowDropReason, rowsDropped } from '../diagnostics/row-counts.js';
import type { ReporterTelemetry } from '../flush/reporter.js';

type Totals = Required<ReporterTelemetry>;

/**
 * Adds up the totals of a client's successive workers. All rows that are neither sent, nor spooled, nor dropped are pending,
 * whatever the worker says about them: a worker that has ended says nothing any more.
 */
export class WorkerTelemetry {
  /** Rows for which a worker has answered, or that were dropped because none will. */
  #answeredRows = 0;
  /** The totals of earlier workers. */
  #earlier = zeroTotals();
  /** The last totals that the current worker sent. */
  #latest = zeroTotals();
  /** The totals of the current worker when it had last answered for all its rows. */
  #settled = zeroTotals();
  /** The rows for which the current worker has answered since. */
  #sinceSettled = { sent: 0, pending: 0, dropped: 0 };

  /**
   * Takes the totals of the current worker.
   *
   * @param isSettled True if the worker has answered for all its rows.
   */
  update(telemetry: ReporterTelemetry, isSettled: boolean): void {
    this.#latest = { ...zeroTotals(), ...telemetry } as Totals;
    if (isSettled) this.#settle();
  }

  #settle(): void {
    this.#settled = this.#latest;
    this.#sinceSettled = { sent: 0, pending: 0, dropped: 0 };
  }

  /** Counts rows for which a call has ended; without an error they were sent. */
  answer(rows: number, error: DeliveryError | undefined): void {
    const { rowsSent = rows, rowsPending = 0, rowsDropped = 0 } = error ?? {};
    this.#answeredRows += rows;
    this.#sinceSettled.sent += rowsSent;
    this.#sinceSettled.pending += rowsPending;
    this.#sinceSettled.dropped += rowsDropped;
  }

  /**
   * Closes the totals of a worker that has ended. Rows that were pending there are lost, unless it had not answered for them:
   * those are sent again, and are not counted here.
   */
  endWorker(): void {
    const { payloads, bytesSent, retries } = add(this.#earlier, this.#latest);
    const { sent, pending, dropped } = this.#sinceSettled;
    const rows = counterOf(this.#settled.rows);
    const lost = rows.pending + pending;
    rows.pending = 0;
    // If its memory held none, all of them are in the spool, where the next worker takes them over.
    if (this.#latest.queueBytes === 0) rows.spooled += lost;
    else rows.drop('workerEnded', lost);
    rows.sent += sent;
    let left = dropped;
    for (const reason of Object.keys(rows.dropped) as RowDropReason[]) {
      // The worker may also have dropped rows for which it had not answered.
      const taken = Math.min(left, this.#latest.rows.dropped[reason] - this.#settled.rows.dropped[reason]);
      rows.dropped[reason] += taken;
      left -= taken;
    }
    this.#earlier = { payloads, bytesSent, retries, queueBytes: 0, spoolBytes: 0, rows: rows.plus(this.#earlier.rows) };
    this.#latest = zeroTotals();
    this.#settle();
  }

  /**
   * Drops all pending rows, because nothing will be sent any more.
   *
   * @param unansweredRows See {@link total}.
   */
  dropPending(unansweredRows: number): void {
    const rows = counterOf(this.#earlier.rows);
    rows.drop('closed', this.total(unansweredRows).rows.pending);
    this.#earlier = { ...this.#earlier, rows: rows.plus() };
  }

  /**
   * Returns the totals of all workers.
   *
   * @param unansweredRows The rows that were given to the current worker and for which it has not answered.
   * @param fallback The totals of the pipeline that replaced the workers.
   */
  total(unansweredRows: number, fallback?: ReporterTelemetry): Totals {
    const workers = add(this.#earlier, this.#latest);
    const { sent, spooled, takenOver } = workers.rows;
    const pending = this.#answeredRows + unansweredRows + takenOver - sent - spooled - rowsDropped(workers.rows);
    const total = { ...workers, rows: { ...workers.rows, pending } };
    return fallback === undefined ? total : add(total, { ...zeroTotals(), ...fallback } as Totals);
  }
}

function add(a: Totals, b: Totals): Totals {
  return {
    payloads: a.payloads + b.payloads,
    bytesSent: a.bytesSent + b.bytesSent,
    retries: a.retries + b.retries,
    queueBytes: a.queueBytes + b.queueBytes,
    spoolBytes: Math.max(a.spoolBytes, b.spoolBytes),
    rows: counterOf(a.rows).plus(b.rows),
  };
}

function counterOf({ dropped, ...others }: RowCounts): RowCounter {
  const rows = Object.assign(new RowCounter(), others);
  Object.assign(rows.dropped, dropped);
  return rows;
}

function zeroTotals(): Totals {
  return { payloads: 0, bytesSent: 0, retries: 0, queueBytes: 0, spoolBytes: 0, rows: new RowCounter().plus() };
}
