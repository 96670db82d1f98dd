import type { DeliveryError } from '../diagnostics/errors.js';
import { RowCounter, type RowCounts, type RowDropReason, rowsDropped } from '../diagnostics/row-counts.js';
import type { ReporterTelemetry } from '../flush/reporter.js';

/**
 * Adds up what the workers of a client have sent, one after the other. Rows that are neither sent nor dropped are pending,
 * whatever a worker knows of them: one that has ended knows nothing any more.
 */
export class WorkerTelemetry {
  /** Rows that were to be sent. */
  given = 0;
  /** Of the workers before this one. */
  #earlier = nothingSent();
  #latest = nothingSent();
  /** As it was when the worker had answered for all that it was given. */
  #settled = nothingSent();
  /** Rows that it has answered for since. */
  #answered = { sent: 0, pending: 0, dropped: 0 };

  /** Takes what the worker tells, which is all since it began. */
  update(telemetry: ReporterTelemetry, isSettled: boolean): void {
    this.#latest = { ...nothingSent(), ...telemetry } as Required<ReporterTelemetry>;
    if (isSettled) this.#settle();
  }

  #settle(): void {
    this.#settled = this.#latest;
    this.#answered = { sent: 0, pending: 0, dropped: 0 };
  }

  /** The worker has answered for rows, with an error or without. */
  answer(rows: number, error: DeliveryError | undefined): void {
    const { rowsSent = rows, rowsPending = 0, rowsDropped = 0 } = error ?? {};
    this.#answered.sent += rowsSent;
    this.#answered.pending += rowsPending;
    this.#answered.dropped += rowsDropped;
  }

  /** The worker has ended, and what was pending there is lost, but for what it had not answered for: that is sent again. */
  endWorker(): void {
    const { payloads, bytesSent, retries } = add(this.#earlier, this.#latest);
    const { sent, pending, dropped } = this.#answered;
    const rows = ledgerOf(this.#settled.rows);
    const lost = rows.pending + pending;
    rows.pending = 0;
    // With nothing in its memory, all of it lies in the spool, for the next worker.
    if (this.#latest.queueBytes === 0) rows.spooled += lost;
    else rows.drop('workerEnded', lost);
    rows.sent += sent;
    let left = dropped;
    for (const reason of Object.keys(rows.dropped) as RowDropReason[]) {
      // What was not answered for may have been dropped, too.
      const taken = Math.min(left, this.#latest.rows.dropped[reason] - this.#settled.rows.dropped[reason]);
      rows.dropped[reason] += taken;
      left -= taken;
    }
    this.#earlier = { payloads, bytesSent, retries, queueBytes: 0, spoolBytes: 0, rows: rows.plus(this.#earlier.rows) };
    this.#latest = nothingSent();
    this.#settle();
  }

  /** All is over: what is neither sent nor dropped never will be sent. */
  dropRest(): void {
    const rows = ledgerOf(this.#earlier.rows);
    rows.drop('closed', this.total(undefined).rows.pending);
    this.#earlier = { ...this.#earlier, rows: rows.plus() };
  }

  /** All of it, with what a reporter on this thread has sent. */
  total(local: ReporterTelemetry | undefined): Required<ReporterTelemetry> {
    const workers = add(this.#earlier, this.#latest);
    const { sent, spooled, takenOver } = workers.rows;
    const pending = this.given + takenOver - sent - spooled - rowsDropped(workers.rows);
    const total = { ...workers, rows: { ...workers.rows, pending } };
    return local === undefined ? total : add(total, { ...nothingSent(), ...local } as Required<ReporterTelemetry>);
  }
}

function add(a: Required<ReporterTelemetry>, b: Required<ReporterTelemetry>): Required<ReporterTelemetry> {
  return {
    payloads: a.payloads + b.payloads,
    bytesSent: a.bytesSent + b.bytesSent,
    retries: a.retries + b.retries,
    queueBytes: a.queueBytes + b.queueBytes,
    spoolBytes: Math.max(a.spoolBytes, b.spoolBytes),
    rows: ledgerOf(a.rows).plus(b.rows),
  };
}

function ledgerOf({ dropped, ...others }: RowCounts): RowCounter {
  const rows = Object.assign(new RowCounter(), others);
  Object.assign(rows.dropped, dropped);
  return rows;
}

function nothingSent(): Required<ReporterTelemetry> {
  return { payloads: 0, bytesSent: 0, retries: 0, queueBytes: 0, spoolBytes: 0, rows: new RowCounter().plus() };
}
