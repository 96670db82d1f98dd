import { IntakeError } from '../diagnostics/errors.js';
import { inOwnContext } from '../runtime/own-context.js';
import { after, type Timeout } from '../runtime/real-timers.js';

/** An API key, or a function that returns one. */
export type ApiKeySource = string | (() => string | Promise<string>);

/**
 * True if a header can carry the key.
 * @internal
 */
export function isApiKey(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

/**
 * Holds the API key, which may change while the process runs. It is a private field, so that a printed object does not show it.
 * @internal
 */
export class ApiKey {
  readonly #ask: (() => string | Promise<string>) | undefined;
  readonly #timeoutMilliseconds: number;
  #key: string | undefined;
  #asking: Promise<string> | undefined;
  #stopWaiting: () => void = () => {};

  /** @param timeoutMilliseconds The longest time that the function may take. */
  constructor(source: ApiKeySource, timeoutMilliseconds: number) {
    if (typeof source === 'string') this.#key = source;
    else this.#ask = source;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /** @throws IntakeError, retryable, when the function returns no valid key in time. */
  async get(): Promise<string> {
    return this.#key ?? this.#renew();
  }

  /** Returns the key to use after the intake has refused one; the same key if there is no other. Throws as `get` does. */
  async after(refused: string): Promise<string> {
    return this.#ask === undefined || this.#key !== refused ? this.get() : this.#renew();
  }

  /** Makes pending calls of `get` and `after` throw. */
  stopWaiting(): void {
    this.#stopWaiting();
  }

  /** Calls the function. Callers that come while it runs share its result. */
  #renew(): Promise<string> {
    this.#asking ??= this.#askInTime().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askInTime(): Promise<string> {
    let timeout: Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const what = `returned no key within ${this.#timeoutMilliseconds / 1000} s`;
      timeout = after(this.#timeoutMilliseconds, () => reject(keyError(what)));
      this.#stopWaiting = () => reject(keyError('had not returned a key when sending ended'));
    });
    try {
      this.#key = checkKey(await Promise.race([this.#call(), late]));
      return this.#key;
    } finally {
      timeout?.clear();
    }
  }

  async #call(): Promise<unknown> {
    try {
      return await inOwnContext(this.#ask!);
    } catch (error) {
      throw keyError(`threw (${nameOfThrown(error)})`);
    }
  }
}

/**
 * Returns the name of a thrown error, and the type of any other thrown value. The message is not shown, because it may contain a
 * key.
 * @internal
 */
export function nameOfThrown(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.name);
  } catch {
    // The value may be a proxy, or its name a getter that throws.
  }
  return typeof error;
}

function checkKey(key: unknown): string {
  if (typeof key !== 'string') throw keyError(`returned a value of type ${key === null ? 'null' : typeof key}`);
  const trimmed = key.trim();
  if (trimmed === '') throw keyError('returned an empty key');
  if (!isApiKey(trimmed)) throw keyError('returned a key with characters that no API key has');
  return trimmed;
}

function keyError(what: string): IntakeError {
  const message = `The function \`apiKey\` ${what}; accepted is a string of visible ASCII characters. It is called again at the next attempt`;
  return new IntakeError('ERR_THREADSTATS_API_KEY', message, { retryable: true });
}
