import type { Publisher } from '../../diagnostics/channels.js';
import { RowCounter, type RowDropReason, rowDropError } from '../../diagnostics/row-counts.js';
import { type Delivery, deliveryError } from './delivery.js';
import type { QueuedPayload, RawPayload } from './retry-queue.js';

/** Accounts for the rows of payloads, and tells of them: their deliveries, or else, once an outage, `onError`. */
export class RowAccounting {
  /** Without those that the spool accounts for. */
  readonly rows: RowCounter;
  onError: (error: Error) => void = () => {};
  readonly #reported = new Set<RowDropReason>();

  constructor(publisher: Publisher) {
    this.rows = new RowCounter(publisher);
  }

  /** Takes the rows of a payload out of the spool over from it. */
  adopt(payload: QueuedPayload | RawPayload): void {
    if (!('claim' in payload) || payload.claim === undefined) return;
    void payload.claim.done();
    payload.claim = undefined;
    this.rows.pending += payload.rows;
  }

  /** The intake has accepted a payload. */
  sent(payload: QueuedPayload): void {
    this.#settle(payload);
    this.rows.sent += payload.rows;
    payload.delivery?.sent(payload.rows);
  }

  /** A payload is given up. */
  giveUp(payload: QueuedPayload | RawPayload, reason: RowDropReason, failure?: Error): void {
    const { rows, delivery } = payload;
    this.#settle(payload);
    const cause = reason === 'queueFull' || failure === undefined ? rowDropError(reason, failure) : failure;
    this.drop(reason, rows, cause, delivery);
  }

  /** Counts rows that are pending no more, and tells of them. */
  drop(reason: RowDropReason, rows: number, cause: Error = rowDropError(reason), delivery?: Delivery): void {
    this.rows.drop(reason, rows);
    if (delivery !== undefined) {
      delivery.dropped(rows, cause);
    } else if (!this.#reported.has(reason)) {
      this.#reported.add(reason);
      this.report(deliveryError({ sent: 0, pending: 0, dropped: rows }, cause));
    }
  }

  /** Not now: the callback may record, and rows may be half on their way. */
  report(error: Error): void {
    queueMicrotask(() => this.onError(error));
  }

  /** What is dropped from here on is reported again. */
  endOutage(): void {
    this.#reported.clear();
  }

  /** Takes rows out of those that are pending. */
  #settle(payload: QueuedPayload | RawPayload): void {
    this.adopt(payload);
    this.rows.pending -= payload.rows;
  }
}
