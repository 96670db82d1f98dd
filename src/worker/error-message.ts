import { DeliveryError, IntakeError, isReadableError, ThreadStatsError } from '../diagnostics/errors.js';
import { showValue } from '../model/text.js';

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

/** Causes of causes that are sent. An error may be its own cause. */
const MAX_CAUSES = 4;

/** Returns the message for a thrown value, which may be anything. */
export function errorMessage(thrown: unknown, depth = 0): ErrorMessage {
  const error = isReadableError(thrown) ? thrown : new Error(showValue(thrown));
  const id = ids.get(error) ?? ++lastId;
  ids.set(error, id);
  const isCauseSent = error.cause !== undefined && error.cause !== null && depth < MAX_CAUSES;
  const cause = isCauseSent ? errorMessage(error.cause, depth + 1) : undefined;
  return { id, message: String(error.message), stack: textOf(error.stack), properties: propertiesOf(error), cause };
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Returns the properties that can be cloned: texts, numbers and the like. */
function propertiesOf(error: Error): Record<string, unknown> {
  const properties: Record<string, unknown> = { name: String(error.name) };
  for (const key of Object.keys(error)) {
    try {
      const value = (error as unknown as Record<string, unknown>)[key];
      if (!['object', 'function', 'symbol'].includes(typeof value)) properties[key] = value;
    } catch {
      // A getter that throws.
    }
  }
  return properties;
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
