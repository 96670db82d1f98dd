import { DeliveryError, IntakeError, ThreadStatsError } from '../diagnostics/errors.js';

/** An error as a message: its own properties that can be cloned, and its cause. */
export interface ErrorMessage {
  /** Identifies the error, so that the same error is revived as the same object. */
  readonly id: number;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: Record<string, unknown>;
  readonly cause: ErrorMessage | undefined;
}

const CLASSES: Readonly<Record<string, { prototype: Error }>> = { DeliveryError, IntakeError, ThreadStatsError };

/** So many errors are remembered. The error of an outage comes with every flush, but is reported once. */
const MAX_ERRORS = 16;

const ids = new WeakMap<object, number>();
let lastId = 0;

/** Returns a thrown value as a message. */
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
   * Returns the error, with its class if it is one of our own: the same object for the same error, unless many came in between.
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
