import { DeliveryError } from '../../diagnostics/errors.js';

/**
 * Counts the rows of one flush for one endpoint, until each row was accepted, waits for a retry, or was dropped. Later outcomes
 * of the rows that wait are counted only by `RowAccounting`.
 */
export class Delivery {
  /** Rows whose outcome is unknown. */
  #rowsOpen = 0;
  #rowsSent = 0;
  #rowsPending = 0;
  #rowsDropped = 0;
  #dropFailure: Error | undefined;
  #pendingFailure: Error | undefined;
  #onComplete: (() => void) | undefined;

  /** Adds rows. Each of them must be passed to one of the next three methods later. */
  expect(rows: number): void {
    this.#rowsOpen += rows;
  }

  /** Is called when the intake has accepted rows. */
  sent(rows: number): void {
    this.#rowsSent += rows;
    this.#close(rows);
  }

  /** Is called when rows wait for a retry. */
  kept(rows: number, failure: Error): void {
    this.#rowsPending += rows;
    this.#pendingFailure ??= failure;
    this.#close(rows);
  }

  /** Is called when rows were dropped. */
  dropped(rows: number, failure: Error): void {
    this.#rowsDropped += rows;
    this.#dropFailure ??= failure;
    this.#close(rows);
  }

  #close(rows: number): void {
    this.#rowsOpen -= rows;
    if (this.#rowsOpen === 0) this.#onComplete?.();
  }

  /**
   * Waits until the outcome of all rows is known. Nothing may be added after this call.
   *
   * @throws DeliveryError when rows were dropped or wait for a retry.
   */
  async end(): Promise<void> {
    if (this.#rowsOpen > 0) {
      await new Promise<void>((resolve) => {
        this.#onComplete = resolve;
      });
    }
    const failure = this.#dropFailure ?? this.#pendingFailure;
    if (failure !== undefined) {
      throw deliveryError({ sent: this.#rowsSent, pending: this.#rowsPending, dropped: this.#rowsDropped }, failure);
    }
  }
}

/** Returns an error that says how many rows were sent, are kept or were dropped, and why. */
export function deliveryError(rows: { sent: number; pending: number; dropped: number }, cause: Error): DeliveryError {
  const { sent, pending, dropped } = rows;
  const total = `of ${sent + pending + dropped} rows`;
  const kept = `${dropped === 0 ? `${pending} ${total} are` : `${pending} are`} kept for a retry`;
  const lost = `${dropped} ${total} were not delivered`;
  const what = dropped === 0 ? kept : pending === 0 ? lost : `${lost}, and ${kept}`;
  return new DeliveryError(`${what}: ${cause.message}`, sent, dropped, cause, pending);
}
