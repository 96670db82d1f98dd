import { DeliveryError, IntakeError, ThreadStatsError } from '../diagnostics/errors.js';

/** The parts of an error that can be cloned. */
export interface ErrorMessage {
  /** Identifies the error, so that the same error is revived as the same object. */
  readonly id: number;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: Record<string, unknown>;
  readonly cause: ErrorMessage | undefined;
}

const CLASSES: Readonly<Record<string, { prototype: Error }>> = { DeliveryError, IntakeError, ThreadStatsError };

/** Number of errors that are remembered. The error of an outage comes with every flush, and is reported once. */
const MAX_ERRORS = 16;

const ids = new WeakMap<object, number>();
let lastId = 0;

/** Returns the message for a thrown value. */
export function errorMessage(thrown: unknown): ErrorMessage {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const id = ids.get(error) ?? ++lastId;
  ids.set(error, id);
  const properties: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...error, name: error.name })) {
    // Objects and functions may not be cloneable.
    if (typeof value !== 'object' && typeof value !== 'function') properties[key] = value;
  }
  const cause = error.cause === undefined ? undefined : errorMessage(error.cause);
  return { id, message: error.message, stack: error.stack, properties, cause };
}

/** Revives errors from the messages of one worker. */
export class ErrorReviver {
  readonly #errors = new Map<number, Error>();

  /**
   * Returns the error, with its class if it is one of our own. The same error becomes the same object, unless many others were
   * revived in between.
   */
  revive({ id, message, stack, properties, cause }: ErrorMessage): Error {
    const known = this.#errors.get(id);
    if (known !== undefined) return known;
    const error = new Error(message, cause && { cause: this.revive(cause) });
    const { prototype } = CLASSES[String(properties.name)] ?? {};
    if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
    Object.assign(error, properties);
    if (stack !== undefined) error.stack = stack;
    if (this.#errors.size === MAX_ERRORS) this.#errors.delete(this.#errors.keys().next().value!);
    this.#errors.set(id, error);
    return error;
  }
}
