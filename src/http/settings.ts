import type { ApiKeySource } from './api-key.js';
import type { Compression } from './compress.js';
import type { HttpProxy } from './proxy.js';
import type { SpoolSettings } from './spool/spool.js';

/**
 * The checked and complete options of an HttpReporter: see `resolveHttpOptions`. The API key and the proxy are private fields,
 * so that printed settings show no credentials.
 * @internal
 */
export class HttpSettings {
  readonly #apiKey: ApiKeySource | undefined;
  readonly #proxy: HttpProxy | undefined;
  /** Has no slash at its end. */
  readonly baseUrl: string;
  readonly apiVersion: 'v2' | 'v1';
  /** Undefined: each endpoint's own default applies. */
  readonly compression: Compression | undefined;
  readonly timeoutMilliseconds: number;
  readonly maxQueueBytes: number;
  /** Undefined without `spoolDirectory`. */
  readonly spool: SpoolSettings | undefined;

  constructor(values: Pick<HttpSettings, keyof HttpSettings>) {
    this.#apiKey = values.apiKey;
    this.#proxy = values.proxy;
    this.baseUrl = values.baseUrl;
    this.apiVersion = values.apiVersion;
    this.compression = values.compression;
    this.timeoutMilliseconds = values.timeoutMilliseconds;
    this.maxQueueBytes = values.maxQueueBytes;
    this.spool = values.spool;
  }

  /** Undefined when neither the options nor the environment have a key. */
  get apiKey(): ApiKeySource | undefined {
    return this.#apiKey;
  }

  /** The environment's proxy for the base URL; undefined when it is reached directly. */
  get proxy(): HttpProxy | undefined {
    return this.#proxy;
  }
}
