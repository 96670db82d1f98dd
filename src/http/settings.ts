import type { ApiKeySource } from './api-key.js';
import type { Compression } from './compress.js';
import type { HttpProxy } from './proxy.js';
import type { SpoolSettings } from './spool/spool.js';
import type { Dispatcher } from './transport/dispatcher.js';

/** The settings that must not be shown, because they hold credentials. */
export interface HttpSecrets {
  /** Undefined when neither the options nor the environment have a key. */
  readonly apiKey: ApiKeySource | undefined;
  /** The environment's proxy for the base URL; undefined when it is reached directly. */
  readonly proxy?: HttpProxy | undefined;
  /** The application's; undefined when the package opens connections of its own. */
  readonly dispatcher?: Dispatcher | undefined;
}

type Shown = Omit<Pick<HttpSettings, keyof HttpSettings>, 'secrets' | 'proxyProblem'>;

export type HttpSettingsValues = Shown & Partial<Pick<HttpSettings, 'proxyProblem'>> & HttpSecrets;

/**
 * The checked and complete options of an HttpReporter: see `resolveHttpOptions`. Credentials are in a private field and returned by
 * a method, because inspection calls getters.
 * @internal
 */
export class HttpSettings {
  readonly #secrets: HttpSecrets;
  /** Has no slash at its end. */
  readonly baseUrl: string;
  readonly apiVersion: 'v2' | 'v1';
  /** Undefined: each endpoint's own default applies. */
  readonly compression: Compression | undefined;
  readonly timeoutMilliseconds: number;
  readonly maxQueueBytes: number;
  /** Says why the environment's proxy cannot be used. Nothing is sent then. */
  readonly proxyProblem: string | undefined;
  /** Undefined without `spoolDirectory`. */
  readonly spool: SpoolSettings | undefined;

  constructor({ apiKey, proxy, dispatcher, ...shown }: HttpSettingsValues) {
    this.#secrets = { apiKey, proxy, dispatcher };
    this.baseUrl = shown.baseUrl;
    this.apiVersion = shown.apiVersion;
    this.compression = shown.compression;
    this.timeoutMilliseconds = shown.timeoutMilliseconds;
    this.maxQueueBytes = shown.maxQueueBytes;
    this.proxyProblem = shown.proxyProblem;
    this.spool = shown.spool;
  }

  secrets(): HttpSecrets {
    return this.#secrets;
  }
}
