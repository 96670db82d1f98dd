import { DeliveryError, IntakeError, ThreadStatsError } from '../diagnostics/errors.js';

/** An error as a message: what is known of it by its own properties, and its cause. */
export interface ErrorMessage {
  /** The same for the same error. */
  readonly id: number;
  readonly message: string;
  readonly stack: string | undefined;
  readonly properties: Record<string, unknown>;
  readonly cause: ErrorMessage | undefined;
}

const CLASSES: Readonly<Record<string, { prototype: Error }>> = { DeliveryError, IntakeError, ThreadStatsError };

/** Errors that are known again: that of an outage comes with every flush, and is reported once. */
const MAX_ERRORS = 16;

const ids = new WeakMap<object, number>();
let lastId = 0;

/** Makes a message of what was thrown. */
export function errorText(thrown: unknown): ErrorMessage {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const id = ids.get(error) ?? ++lastId;
  ids.set(error, id);
  const properties: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...error, name: error.name })) {
    // Others may be beyond cloning.
    if (typeof value !== 'object' && typeof value !== 'function') properties[key] = value;
  }
  const cause = error.cause === undefined ? undefined : errorText(error.cause);
  return { id, message: error.message, stack: error.stack, properties, cause };
}

/** Makes errors of the messages of one worker. */
export class ErrorReviver {
  readonly #errors = new Map<number, Error>();

  /** The error, of its class if that is one of this project's; the same for the same, unless many came in between. */
  of({ id, message, stack, properties, cause }: ErrorMessage): Error {
    const known = this.#errors.get(id);
    if (known !== undefined) return known;
    const error = new Error(message, cause && { cause: this.of(cause) });
    const { prototype } = CLASSES[String(properties.name)] ?? {};
    if (prototype !== undefined) Object.setPrototypeOf(error, prototype);
    Object.assign(error, properties);
    if (stack !== undefined) error.stack = stack;
    if (this.#errors.size === MAX_ERRORS) this.#errors.delete(this.#errors.keys().next().value!);
    this.#errors.set(id, error);
    return error;
  }
}
