import type { ApiKeySource } from './api-key.js';
import type { Compression } from './compress.js';
import type { HttpProxy } from './proxy.js';
import type { SpoolSettings } from './spool/spool.js';
import type { Dispatcher } from './transport/dispatcher.js';

type Fields = Pick<HttpSettings, keyof HttpSettings>;
type OptionalFields = 'proxy' | 'proxyProblem' | 'dispatcher';

/** The fields, of which those that most reporters lack may be left out. */
export type HttpSettingsValues = Omit<Fields, OptionalFields> & Partial<Pick<Fields, OptionalFields>>;

/**
 * The checked and complete options of an HttpReporter: see `resolveHttpOptions`. The API key, the proxy and the
 * dispatcher are private fields, so that printed settings show no credentials.
 * @internal
 */
export class HttpSettings {
  readonly #apiKey: ApiKeySource | undefined;
  readonly #proxy: HttpProxy | undefined;
  readonly #dispatcher: Dispatcher | undefined;
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

  constructor(values: HttpSettingsValues) {
    this.#apiKey = values.apiKey;
    this.#proxy = values.proxy;
    this.#dispatcher = values.dispatcher;
    this.baseUrl = values.baseUrl;
    this.apiVersion = values.apiVersion;
    this.compression = values.compression;
    this.timeoutMilliseconds = values.timeoutMilliseconds;
    this.maxQueueBytes = values.maxQueueBytes;
    this.proxyProblem = values.proxyProblem;
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

  /** The application's; undefined when the package opens connections of its own. */
  get dispatcher(): Dispatcher | undefined {
    return this.#dispatcher;
  }
}
