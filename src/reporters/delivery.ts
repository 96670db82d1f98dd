import { DeliveryError, IntakeError } from '../errors.js';
import type { Payload, Sender } from './send.js';
import { MAX_CONNECTIONS } from './transport.js';

/** Rows that were given up before they were encoded, and why. */
export interface RefusedRows {
  readonly refused: number;
  readonly cause: Error | undefined;
}

/** Statuses that say something about every request, not about the payload of this one. */
const STATUSES_OF_ALL = new Set([401, 403, 407, 429, 503]);

/**
 * The step between encoding and sending, which answers for every row it is given: it was sent, or it is counted in the
 * error. A payload is sent as soon as it is there and a connection is free, while others are still being encoded. Here each
 * is tried once; trying again, and cutting what the intake finds too large, belong here.
 */
export class Delivery {
  readonly #sender: Sender;
  readonly #waiting: Payload[] = [];
  readonly #workers: Promise<void>[] = [];
  #working = 0;
  #rowsSent = 0;
  #rowsDropped = 0;
  #firstFailure: Error | undefined;
  #isHopeless = false;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  /** Takes a payload, to be sent in its turn. */
  add(payload: Payload): void {
    this.#waiting.push(payload);
    if (this.#working < MAX_CONNECTIONS) this.#workers.push(this.#work());
  }

  /**
   * Waits until all payloads were sent or given up. Nothing may be added any more.
   *
   * @throws DeliveryError when rows were not delivered, those in `lost` included.
   */
  async end(lost?: RefusedRows): Promise<void> {
    await Promise.all(this.#workers);
    const rowsSent = this.#rowsSent;
    const rowsDropped = this.#rowsDropped + (lost?.refused ?? 0);
    const failure = lost?.cause ?? this.#firstFailure;
    if (failure === undefined) return;
    const message = `${rowsDropped} of ${rowsSent + rowsDropped} rows were not delivered: ${failure.message}`;
    throw new DeliveryError(message, rowsSent, rowsDropped, failure);
  }

  async #work(): Promise<void> {
    this.#working++;
    for (let payload = this.#waiting.shift(); payload !== undefined; payload = this.#waiting.shift()) {
      const failure = this.#isHopeless ? this.#firstFailure : await this.#sender.send(payload).then(() => undefined, toError);
      if (failure === undefined) {
        this.#rowsSent += payload.rows;
      } else {
        this.#rowsDropped += payload.rows;
        this.#firstFailure ??= failure;
        this.#isHopeless ||= hitsAll(failure);
      }
    }
    this.#working--;
  }
}

function toError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}

/** Whether a failure awaits the other payloads too, so that sending them would only take its time. */
function hitsAll(failure: Error): boolean {
  if (!(failure instanceof IntakeError)) return false;
  return failure.statusCode === undefined || STATUSES_OF_ALL.has(failure.statusCode);
}
