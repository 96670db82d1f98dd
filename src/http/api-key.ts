import { IntakeError } from '../diagnostics/errors.js';

/** An API key, or a function that returns one. */
export type ApiKeySource = string | (() => string | Promise<string>);

/**
 * Whether a header can carry the key.
 * @internal
 */
export function isApiKey(key: string): boolean {
  return /^[\x21-\x7e]+$/.test(key);
}

/**
 * The API key, which may change while the process runs. It is a private field, so that a printed object does not show it.
 * @internal
 */
export class ApiKey {
  readonly #ask: (() => string | Promise<string>) | undefined;
  readonly #timeoutMilliseconds: number;
  #key: string | undefined;
  #asking: Promise<string> | undefined;
  #stopWaiting: () => void = () => {};

  /** @param timeoutMilliseconds Time that the function has to return a key. */
  constructor(source: ApiKeySource, timeoutMilliseconds: number) {
    if (typeof source === 'string') this.#key = source;
    else this.#ask = source;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  /** @throws IntakeError, retryable, when the function returns no valid key in time. */
  async get(): Promise<string> {
    return this.#key ?? this.#renew();
  }

  /** Returns the key to use after one was refused, which is the same when there is no other. Throws as `get` does. */
  async after(refused: string): Promise<string> {
    return this.#ask === undefined || this.#key !== refused ? this.get() : this.#renew();
  }

  /** Makes pending calls of `get` and `after` throw. */
  stopWaiting(): void {
    this.#stopWaiting();
  }

  /** Calls the function, once for all who wait. */
  #renew(): Promise<string> {
    this.#asking ??= this.#askInTime().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askInTime(): Promise<string> {
    let timeout: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const what = `gave no key within ${this.#timeoutMilliseconds / 1000} s`;
      timeout = setTimeout(() => reject(keyError(what)), this.#timeoutMilliseconds);
      this.#stopWaiting = () => reject(keyError('had not given a key when sending ended'));
    });
    try {
      this.#key = checkKey(await Promise.race([this.#call(), late]));
      return this.#key;
    } finally {
      clearTimeout(timeout);
    }
  }

  async #call(): Promise<unknown> {
    try {
      return await this.#ask!();
    } catch (error) {
      throw keyError(`threw (${nameOf(error)})`);
    }
  }
}

/** Names what was thrown. Its message is not shown, because it may contain a key. */
function nameOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.name);
  } catch {
    // The value may be a proxy, or its name a getter that throws.
  }
  return typeof error;
}

function checkKey(key: unknown): string {
  if (typeof key !== 'string') throw keyError(`gave a value of type ${key === null ? 'null' : typeof key}`);
  const trimmed = key.trim();
  if (trimmed === '') throw keyError('gave an empty key');
  if (!isApiKey(trimmed)) throw keyError('gave a key with characters that no API key has');
  return trimmed;
}

function keyError(what: string): IntakeError {
  const message = `The function \`apiKey\` ${what}; accepted is a string of visible ASCII characters. It is called again at the next attempt`;
  return new IntakeError('ERR_THREADSTATS_API_KEY', message, { retryable: true });
}
