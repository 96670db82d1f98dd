import { resolve } from 'node:path';
import { checkChoice, checkInteger, checkNames, checkString, rangeError, show } from '../options/checks.js';
import type { Environment } from '../options/environment.js';
import { type ApiKeySource, isApiKey } from './api-key.js';
import type { Compression } from './compress.js';
import { type HttpProxy, proxyFor } from './proxy.js';
import { showUrl } from './redact.js';
import type { SpoolSettings } from './spool/spool.js';

/** Options of the {@link HttpReporter}. An option that is left out comes from the environment, then from its default. */
export interface HttpReporterOptions {
  /**
   * Sent in the header `DD-API-KEY` and shown nowhere; an empty one is no key. A function is asked before the first request, and
   * again whenever the key is refused (401 or 403), so that it can be rotated; it has `timeout` to answer, its failures are
   * reported, and it is asked again. Default: `DD_API_KEY`, then `DATADOG_API_KEY`.
   */
  apiKey?: ApiKeySource;
  /** Such as `datadoghq.eu`; a leading `app.` is dropped. Default: `DD_SITE`, then `DATADOG_SITE`, then `datadoghq.com`. */
  site?: string;
  /**
   * Base URL of the intake, which overrides the site; a path at its end is kept. Default: `DD_URL`, then `DATADOG_HOST`, then
   * `https://api.` and the site.
   */
  url?: string;
  /** Version of the series endpoint. Default: `v2`. */
  apiVersion?: 'v2' | 'v1';
  /**
   * Of metrics and distributions; events go as they are. Default: `'gzip'` for series v2, and for series v1 and distributions
   * `'deflate'`, all that is documented there.
   */
  compression?: Compression;
  /** Seconds that a request may take from its start to the end of its answer, above 0 and up to 3600. Default: 10. */
  timeout?: number;
  /**
   * Most bytes of bodies, as sent, that wait while the intake fails, from 0 to 2^31. When there are more the oldest, but not the
   * last one, are dropped and counted. None waits for more than 50 minutes. Default: 16,777,216.
   */
  maxQueueBytes?: number;
  /**
   * Directory to which unsent payloads go when the queue is full, and at the end, instead of being dropped; this process, or the
   * next one with this directory and URL, sends them once the intake accepts payloads. Made if missing; to be shared by processes
   * of one account only. Files hold no API key, and are removed after 50 minutes. When it cannot be used, that is reported once,
   * and rows are dropped and counted. Default: none.
   */
  spoolDirectory?: string;
  /**
   * Most bytes of the files in `spoolDirectory`, in blocks of 4096, from 0 to 2^30. When there are more the oldest are removed and
   * counted. Default: 67,108,864.
   */
  maxSpoolBytes?: number;
}

/**
 * Complete by its type: an option that is added above must be added here.
 * @internal
 */
export const HTTP_OPTION_NAMES = Object.keys({
  apiKey: true,
  site: true,
  url: true,
  apiVersion: true,
  compression: true,
  timeout: true,
  maxQueueBytes: true,
  spoolDirectory: true,
  maxSpoolBytes: true,
} satisfies Record<keyof HttpReporterOptions, true>);

const API_VERSIONS = ['v2', 'v1'] as const;
const COMPRESSIONS = ['gzip', 'deflate', 'none'] as const;
const DEFAULT_SITE = 'datadoghq.com';
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 3600;
const DEFAULT_QUEUE_BYTES = 2 ** 24;
const DEFAULT_SPOOL_BYTES = 2 ** 26;
/** Beyond the time of two requests, of which one may wait for the other's connection. */
const CLAIM_SPARE_MILLISECONDS = 60_000;

/**
 * Checked and complete options. The API key and the proxy's credentials are private, so printing it shows neither.
 * @internal
 */
export class HttpSettings {
  readonly #apiKey: ApiKeySource | undefined;
  readonly #proxy: HttpProxy | undefined;
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly apiVersion: 'v2' | 'v1';
  /** Undefined for what each endpoint documents. */
  readonly compression: Compression | undefined;
  readonly timeoutMilliseconds: number;
  readonly maxQueueBytes: number;
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

  /** Undefined when neither the options nor the environment had one. */
  get apiKey(): ApiKeySource | undefined {
    return this.#apiKey;
  }

  /** The proxy from the environment that applies to the base URL. */
  get proxy(): HttpProxy | undefined {
    return this.#proxy;
  }
}

/**
 * Checks the options and fills them up from the environment and the defaults. Empty variables count as unset, but empty
 * options do not: they take nothing from the environment, and an empty site or URL is refused. A missing
 * API key is no error here, so that a client can be configured before it is started.
 *
 * @throws TypeError for a value of the wrong type, RangeError for any other that is not accepted; it names the option or
 *   variable, its value (but never a key's) and what is accepted.
 * @internal
 */
export function resolveHttpOptions(options: HttpReporterOptions = {}, environment: Environment = process.env): HttpSettings {
  const { apiVersion = 'v2', compression, timeout = DEFAULT_TIMEOUT_SECONDS, maxQueueBytes = DEFAULT_QUEUE_BYTES } = options;
  const baseUrl = resolveBaseUrl(options, environment);
  const timeoutMilliseconds = resolveTimeout(timeout) * 1000;
  return new HttpSettings({
    apiKey: resolveApiKey(options, environment),
    proxy: proxyFor(new URL(baseUrl), environment),
    baseUrl,
    apiVersion: checkChoice('apiVersion', apiVersion, API_VERSIONS),
    compression: compression === undefined ? undefined : checkChoice('compression', compression, COMPRESSIONS),
    timeoutMilliseconds,
    maxQueueBytes: checkInteger('maxQueueBytes', maxQueueBytes, 0, 2 ** 31),
    spool: resolveSpool(options, baseUrl, 2 * timeoutMilliseconds + CLAIM_SPARE_MILLISECONDS),
  });
}

/**
 * As {@link resolveHttpOptions}, of options that are a reporter's and nothing else.
 * @internal
 */
export function resolveReporterOptions(options: HttpReporterOptions, environment: Environment): HttpSettings {
  checkNames('HttpReporter', options, HTTP_OPTION_NAMES);
  return resolveHttpOptions(options, environment);
}

/** A text and where it came from, for messages. */
interface Setting {
  from: string;
  value: string;
}

function find(option: string, value: unknown, variables: readonly string[], environment: Environment): Setting | undefined {
  if (value !== undefined) {
    if (typeof value === 'string') return { from: `The option \`${option}\``, value };
    // Whatever was passed for a key may hold one, so only its type is shown.
    throw new TypeError(
      `The option \`${option}\` is ${option === 'apiKey' ? `a ${typeof value}` : show(value)}; accepted is a string${option === 'apiKey' ? ' or a function' : ''}`,
    );
  }
  const variable = variables.find((name) => environment[name]?.trim());
  return variable === undefined
    ? undefined
    : { from: `The environment variable ${variable}`, value: environment[variable]!.trim() };
}

function resolveApiKey(options: HttpReporterOptions, environment: Environment): ApiKeySource | undefined {
  if (typeof options.apiKey === 'function') return options.apiKey;
  const key = find('apiKey', options.apiKey, ['DD_API_KEY', 'DATADOG_API_KEY'], environment);
  const value = key?.value.trim();
  if (!value) return undefined;
  if (isApiKey(value)) return value;
  throw new RangeError(`${key!.from} holds characters that no API key has; accepted are visible ASCII characters`);
}

function resolveBaseUrl(options: HttpReporterOptions, environment: Environment): string {
  const url = find('url', options.url, ['DD_URL', 'DATADOG_HOST'], environment);
  if (url !== undefined) return checkUrl(url);
  const site = find('site', options.site, ['DD_SITE', 'DATADOG_SITE'], environment);
  return site === undefined ? `https://api.${DEFAULT_SITE}` : siteUrl(site);
}

function checkUrl({ from, value }: Setting): string {
  const refuse = (why: string): RangeError =>
    new RangeError(`${from} is ${show(showUrl(value))}; accepted is ${why}, like https://api.${DEFAULT_SITE}`);
  if (!URL.canParse(value)) throw refuse('a whole URL');
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('an http or https URL');
  if (url.username !== '' || url.password !== '') throw refuse('a URL without credentials');
  if (url.search !== '' || url.hash !== '') throw refuse('a URL without a query or fragment');
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function siteUrl({ from, value }: Setting): string {
  const url = `https://api.${value.replace(/^app\./, '')}`;
  if (/^[a-zA-Z0-9._:-]+$/.test(value) && URL.canParse(url) && value !== 'app.') return new URL(url).origin;
  throw new RangeError(`${from} is ${show(showUrl(value))}; accepted is a host name, like ${DEFAULT_SITE} or datadoghq.eu`);
}

function resolveTimeout(value: number): number {
  const message = `The option \`timeout\` is ${show(value)}; accepted are seconds above 0 and up to ${MAX_TIMEOUT_SECONDS}`;
  if (typeof value !== 'number') throw new TypeError(message);
  if (!(value > 0 && value <= MAX_TIMEOUT_SECONDS)) throw new RangeError(message);
  return value;
}

function resolveSpool(options: HttpReporterOptions, intake: string, claimMilliseconds: number): SpoolSettings | undefined {
  const { spoolDirectory, maxSpoolBytes = DEFAULT_SPOOL_BYTES } = options;
  const maxBytes = checkInteger('maxSpoolBytes', maxSpoolBytes, 0, 2 ** 30);
  if (spoolDirectory === undefined) return undefined;
  if (checkString('spoolDirectory', spoolDirectory) === '') throw rangeError('spoolDirectory', '', 'the path of a directory');
  return { directory: resolve(spoolDirectory), maxBytes, intake, claimMilliseconds };
}
