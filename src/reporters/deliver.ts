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
 * error. Here each payload is tried once; cutting payloads to the intake's limits and trying them again belong here.
 *
 * @throws DeliveryError when rows were not delivered.
 */
export async function deliver(payloads: readonly Payload[], sender: Sender, lost?: RefusedRows): Promise<void> {
  let rowsSent = 0;
  let rowsDropped = lost?.refused ?? 0;
  let firstFailure = lost?.cause;
  let hopeless = false;
  const remaining = payloads.values();

  // Each worker takes from the same iterator, so that no payload is taken twice.
  const work = async (): Promise<void> => {
    for (const payload of remaining) {
      if (!hopeless) {
        const failure = await sender.send(payload).then(() => undefined, toError);
        if (failure === undefined) {
          rowsSent += payload.rows;
          continue;
        }
        firstFailure ??= failure;
        hopeless ||= hitsAll(failure);
      }
      rowsDropped += payload.rows;
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_CONNECTIONS, payloads.length) }, work));

  if (firstFailure === undefined) return;
  const message = `${rowsDropped} of ${rowsSent + rowsDropped} rows were not delivered: ${firstFailure.message}`;
  throw new DeliveryError(message, rowsSent, rowsDropped, firstFailure);
}

function toError(failure: unknown): Error {
  return failure instanceof Error ? failure : new Error(String(failure));
}

/** Whether a failure awaits the other payloads too, so that sending them would only take its time. */
function hitsAll(failure: Error): boolean {
  if (!(failure instanceof IntakeError)) return false;
  return failure.statusCode === undefined || STATUSES_OF_ALL.has(failure.statusCode);
}
