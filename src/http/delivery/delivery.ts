import { DeliveryError } from '../../diagnostics/errors.js';
import type { Payload } from '../payload.js';

/** Rows that were given up before they were encoded, and why. */
export interface RefusedRows {
  readonly refused: number;
  readonly cause: Error | undefined;
}

/** Takes payloads, and counts rows that are dropped before they become one. */
export interface PayloadTaker {
  readonly rows: { drop(reason: 'nonFinite', rows: number): void };
  add(payload: Payload, delivery: Delivery): void;
}

/**
 * The rows of one flush for one endpoint, from encoding until it is known of each whether it was accepted, waits for
 * another try, or was given up. What becomes later of those that wait only the forwarder knows.
 */
export class Delivery {
  readonly #forwarder: PayloadTaker;
  #rowsOpen = 0;
  #rowsSent = 0;
  #rowsPending = 0;
  #rowsDropped = 0;
  #dropFailure: Error | undefined;
  #pendingFailure: Error | undefined;
  #onSettled: (() => void) | undefined;

  constructor(forwarder: PayloadTaker) {
    this.#forwarder = forwarder;
  }

  /** Takes a payload, to be sent in its turn. */
  add(payload: Payload): void {
    this.#rowsOpen += payload.rows;
    this.#forwarder.add(payload, this);
  }

  sent(rows: number): void {
    this.#rowsSent += rows;
    this.#settle(rows);
  }

  kept(rows: number, failure: Error): void {
    this.#rowsPending += rows;
    this.#pendingFailure ??= failure;
    this.#settle(rows);
  }

  dropped(rows: number, failure: Error): void {
    this.#rowsDropped += rows;
    this.#dropFailure ??= failure;
    this.#settle(rows);
  }

  #settle(rows: number): void {
    this.#rowsOpen -= rows;
    if (this.#rowsOpen === 0) this.#onSettled?.();
  }

  /**
   * Waits until nothing is open. Nothing may be added any more.
   *
   * @throws DeliveryError when rows were not delivered, those in `lost` included.
   */
  async end(lost?: RefusedRows): Promise<void> {
    if (lost?.cause !== undefined) {
      this.#forwarder.rows.drop('nonFinite', lost.refused);
      this.#rowsDropped += lost.refused;
      this.#dropFailure = lost.cause;
    }
    if (this.#rowsOpen > 0) {
      await new Promise<void>((resolve) => {
        this.#onSettled = resolve;
      });
    }
    const failure = this.#dropFailure ?? this.#pendingFailure;
    if (failure !== undefined) {
      throw deliveryError({ sent: this.#rowsSent, pending: this.#rowsPending, dropped: this.#rowsDropped }, failure);
    }
  }
}

/** An error that says what became of rows, and why. */
export function deliveryError(rows: { sent: number; pending: number; dropped: number }, cause: Error): DeliveryError {
  const { sent, pending, dropped } = rows;
  const of = `of ${sent + pending + dropped} rows`;
  const kept = `${dropped === 0 ? `${pending} ${of} are` : `${pending} are`} kept for another try`;
  const lost = `${dropped} ${of} were not delivered`;
  const what = dropped === 0 ? kept : pending === 0 ? lost : `${lost}, and ${kept}`;
  return new DeliveryError(`${what}: ${cause.message}`, sent, dropped, cause, pending);
}
