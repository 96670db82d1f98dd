import type { ReporterTelemetry } from '../reporters/reporter.js';
import { type RowCounts, RowLedger, rowsDropped } from '../row-drops.js';

/**
 * Adds up what the workers of a client have sent, one after the other. Rows that are neither sent nor dropped are pending,
 * whatever a worker knows of them: one that has ended knows nothing any more.
 */
export class TelemetrySum {
  /** Rows that were to be sent. */
  given = 0;
  /** Of the workers before this one. */
  #earlier = nothingSent();
  #latest = nothingSent();
  /** As it was when the worker had answered for all that it was given. */
  #settled = nothingSent();

  /** Takes what the worker tells, which is all since it began. */
  update(telemetry: ReporterTelemetry, isSettled: boolean): void {
    this.#latest = { ...nothingSent(), ...telemetry } as Required<ReporterTelemetry>;
    if (isSettled) this.#settled = this.#latest;
  }

  /** The worker has ended, and what was pending there is lost, but for what it had not answered for: that is sent again. */
  endWorker(): void {
    const { payloads, bytesSent, retries } = add(this.#earlier, this.#latest);
    const rows = ledgerOf(this.#settled.rows);
    rows.drop('workerEnded', rows.pending);
    rows.pending = 0;
    this.#earlier = { payloads, bytesSent, retries, queueBytes: 0, rows: rows.plus(this.#earlier.rows) };
    this.#latest = nothingSent();
    this.#settled = this.#latest;
  }

  /** All of it, with what a reporter on this thread has sent. */
  total(local: ReporterTelemetry | undefined): Required<ReporterTelemetry> {
    const workers = add(this.#earlier, this.#latest);
    const { sent, dropped } = workers.rows;
    const pending = this.given - sent - rowsDropped(workers.rows);
    const total = { ...workers, rows: { sent, pending, dropped } };
    return local === undefined ? total : add(total, { ...nothingSent(), ...local } as Required<ReporterTelemetry>);
  }
}

function add(a: Required<ReporterTelemetry>, b: Required<ReporterTelemetry>): Required<ReporterTelemetry> {
  return {
    payloads: a.payloads + b.payloads,
    bytesSent: a.bytesSent + b.bytesSent,
    retries: a.retries + b.retries,
    queueBytes: a.queueBytes + b.queueBytes,
    rows: ledgerOf(a.rows).plus(b.rows),
  };
}

function ledgerOf({ sent, pending, dropped }: RowCounts): RowLedger {
  const rows = new RowLedger();
  rows.sent = sent;
  rows.pending = pending;
  Object.assign(rows.dropped, dropped);
  return rows;
}

function nothingSent(): Required<ReporterTelemetry> {
  return { payloads: 0, bytesSent: 0, retries: 0, queueBytes: 0, rows: new RowLedger().plus() };
}
