// Who counts which rows. At any time each row is in exactly one of these counts, so that rows added + rows taken over = sent +
// pending + dropped + spooled, as `Forwarder.counts` shows:
//
// - `RowAccounting.rows` counts the rows in memory (raw, queued or in flight) as pending, and those sent and dropped. The rows of
//   a payload from the spool are counted there as soon as the payload no longer depends on its file: see `takeOverFromSpool`.
// - `Spool` counts the rows in files: pending (waiting here, or claimed), left to other processes, and taken over from them. It
//   reports the rows that it drops to `drop`.
// - `Delivery` counts the rows of one flush again, for the result of that flush only.

import { type RowCounter, type RowDropReason, rowDropError } from '../../diagnostics/row-counts.js';
import { queueMicrotask } from '../../runtime/real-timers.js';
import { type Delivery, deliveryError } from './delivery.js';
import type { RawPayload } from './retry-queue.js';

/** Counts the rows of payloads. Reports their outcome to their delivery, or once in an outage to `onError`. */
export class RowAccounting {
  /** Counts all rows except those that the spool counts. */
  readonly rows: RowCounter;
  onError: (error: Error) => void = () => {};
  readonly #reported = new Set<RowDropReason>();

  constructor(rows: RowCounter) {
    this.rows = rows;
  }

  /** Counts the rows of a new payload. */
  add(payload: RawPayload): void {
    this.rows.pending += payload.rows;
  }

  /** Removes the file of a payload that came from the spool, and counts its rows here from now on. */
  takeOverFromSpool(payload: RawPayload): void {
    if (payload.claim === undefined) return;
    void payload.claim.done();
    payload.claim = undefined;
    this.rows.pending += payload.rows;
  }

  /** Stops counting the rows of a payload, because the spool counts them from now on. */
  leaveToSpool(payload: RawPayload): void {
    this.rows.pending -= payload.rows;
  }

  /** Counts an accepted payload. */
  sent(payload: RawPayload): void {
    this.#endPending(payload);
    this.rows.sent += payload.rows;
    payload.delivery?.sent(payload.rows);
  }

  /** Counts a dropped payload. */
  dropPayload(payload: RawPayload, reason: RowDropReason, failure?: Error): void {
    const { rows, delivery } = payload;
    this.#endPending(payload);
    const cause = reason === 'queueFull' || failure === undefined ? rowDropError(reason, failure) : failure;
    this.drop(reason, rows, cause, delivery);
  }

  /** Counts and reports dropped rows that are not counted as pending. */
  drop(reason: RowDropReason, rows: number, cause: Error = rowDropError(reason), delivery?: Delivery): void {
    this.rows.drop(reason, rows);
    if (delivery !== undefined) {
      delivery.dropped(rows, cause);
    } else if (!this.#reported.has(reason)) {
      this.#reported.add(reason);
      this.report(deliveryError({ sent: 0, pending: 0, dropped: rows }, cause));
    }
  }

  /** Calls `onError` in a microtask, because the callback may record, and the caller may be in the middle of a step. */
  report(error: Error): void {
    queueMicrotask(() => this.onError(error));
  }

  /** Lets later drops be reported again. */
  endOutage(): void {
    this.#reported.clear();
  }

  #endPending(payload: RawPayload): void {
    this.takeOverFromSpool(payload);
    this.rows.pending -= payload.rows;
  }
}
