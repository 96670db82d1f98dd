import { showValue } from '../model/text.js';
import {
  checkChoice,
  checkInteger,
  checkNames,
  checkSeconds,
  checkString,
  optionNames,
  rangeError,
  typeError,
} from '../options/checks.js';
import { type Environment, processEnvironment } from '../options/environment.js';
import { builtin } from '../runtime/builtin.js';
import { type ApiKeySource, isApiKey } from './api-key.js';
import type { Compression } from './compress.js';
import { proxyFor } from './proxy.js';
import { showUrl } from './redact.js';
import { HttpSettings, type HttpSettingsValues } from './settings.js';
import type { SpoolSettings } from './spool/spool.js';
import type { Dispatcher } from './transport/dispatcher.js';

/** Options of the {@link HttpReporter}. An option that is left out comes from the environment, then from its default. */
export interface HttpReporterOptions {
  /**
   * Sent in the header `DD-API-KEY`, and shown nowhere. An empty key counts as none. A function is called before the first
   * request, and again whenever the key is refused (401 or 403), so that keys can be rotated. It must return a key within
   * `timeout`; if it fails, the failure is reported, and the function is called again at the next attempt. Default:
   * `DD_API_KEY`, then `DATADOG_API_KEY`.
   */
  apiKey?: ApiKeySource | undefined;
  /**
   * Host name such as `datadoghq.eu`; a leading `app.` is removed. Default: `DD_SITE`, then `DATADOG_SITE`, then `datadoghq.com`.
   */
  site?: string | undefined;
  /**
   * Base URL of the intake; overrides `site`. Its path is kept. Default: `DD_URL`, then `DATADOG_HOST`, then `https://api.`
   * followed by the site.
   */
  url?: string | undefined;
  /** Version of the series endpoint. Default: `v2`. */
  apiVersion?: 'v2' | 'v1' | undefined;
  /**
   * Compression of metrics and distributions; events are never compressed. Default: `'gzip'` for series v2, `'deflate'` for
   * series v1 and distributions, because no other compression is documented for them.
   */
  compression?: Compression | undefined;
  /**
   * A dispatcher of undici, of any version, through which all requests go: an `Agent` with options of yours, a `ProxyAgent`, a
   * `MockAgent` in tests. It is not closed. The environment's proxy does not apply, and TLS is the dispatcher's matter. It cannot
   * be used with `flushMode: 'worker'`. Default: none; the package opens connections of its own.
   */
  dispatcher?: Dispatcher | undefined;
  /** Seconds that a request may take, from its start to the end of the response: above 0, at most 3600. Default: 10. */
  timeout?: number | undefined;
  /**
   * Most bytes of compressed bodies in the queue while the intake fails, from 0 to 2^31. When the queue is larger, its oldest
   * payloads are dropped and counted, all but the last one. No payload waits for more than 50 minutes. Default: 16,777,216.
   */
  maxQueueBytes?: number | undefined;
  /**
   * Directory for payloads that would otherwise be dropped: those that do not fit the queue, and those left at the end. This
   * process, or the next one with the same directory and URL, sends them once the intake accepts payloads again. It is created if
   * missing; only processes of the same account may share it. Files hold no API key, and are removed after 50 minutes. If the
   * directory cannot be used, this is reported once, and rows are dropped and counted. Default: none.
   */
  spoolDirectory?: string | undefined;
  /**
   * Most bytes of the files in `spoolDirectory`, counted in blocks of 4096, from 0 to 2^30. Beyond this the oldest files are
   * removed and their rows counted as dropped. Default: 67,108,864.
   */
  maxSpoolBytes?: number | undefined;
}

/**
 * The names of all options.
 * @internal
 */
export const HTTP_OPTION_NAMES = optionNames<HttpReporterOptions>('ThreadStats and HttpReporter', {
  apiKey: true,
  site: true,
  url: true,
  apiVersion: true,
  compression: true,
  dispatcher: true,
  timeout: true,
  maxQueueBytes: true,
  spoolDirectory: true,
  maxSpoolBytes: true,
});

const API_VERSIONS = ['v2', 'v1'] as const;
const COMPRESSIONS = ['gzip', 'deflate', 'none'] as const;
const DEFAULT_SITE = 'datadoghq.com';
const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TIMEOUT_SECONDS = 3600;
const DEFAULT_QUEUE_BYTES = 2 ** 24;
const DEFAULT_SPOOL_BYTES = 2 ** 26;
/** A claim lasts for this time and two requests, because a request may first wait until another one frees its connection. */
const CLAIM_SPARE_MILLISECONDS = 60_000;

/**
 * Checks the options, and fills them in from the environment and the defaults. An empty variable counts as unset. An empty option
 * does not: the environment is not consulted, and an empty site or URL is refused. A missing API key is no error here, because a
 * client may be configured before its key is known.
 *
 * @throws TypeError for a value of the wrong type, RangeError for any other value that is not accepted. The message names the
 *   option or variable, its value (never a key's), and what is accepted.
 * @internal
 */
export function resolveHttpOptions(
  options: HttpReporterOptions = {},
  environment: Environment = processEnvironment,
): HttpSettings {
  const { apiVersion = 'v2', compression, timeout = DEFAULT_TIMEOUT_SECONDS, maxQueueBytes = DEFAULT_QUEUE_BYTES } = options;
  const baseUrl = resolveBaseUrl(options, environment);
  const dispatcher = resolveDispatcher(options.dispatcher);
  const timeoutMilliseconds = checkSeconds('timeout', timeout, MAX_TIMEOUT_SECONDS) * 1000;
  return new HttpSettings({
    apiKey: resolveApiKey(options, environment),
    ...(dispatcher === undefined ? resolveProxy(baseUrl, environment) : undefined),
    dispatcher,
    baseUrl,
    apiVersion: checkChoice('apiVersion', apiVersion, API_VERSIONS),
    compression: compression === undefined ? undefined : checkChoice('compression', compression, COMPRESSIONS),
    timeoutMilliseconds,
    maxQueueBytes: checkInteger('maxQueueBytes', maxQueueBytes, 0, 2 ** 31),
    spool: resolveSpool(options, baseUrl, 2 * timeoutMilliseconds + CLAIM_SPARE_MILLISECONDS),
  });
}

/**
 * Does the same as {@link resolveHttpOptions}, and refuses options of other names.
 * @internal
 */
export function resolveReporterOptions(options: HttpReporterOptions, environment: Environment): HttpSettings {
  checkNames('HttpReporter', options, HTTP_OPTION_NAMES);
  return resolveHttpOptions(options, environment);
}

/** A setting's text, and its source for error messages. */
interface Setting {
  readonly source: string;
  readonly value: string;
}

/** Finds the option, or else the first of the variables that is set. */
function findSetting(
  option: string,
  value: unknown,
  variables: readonly string[],
  environment: Environment,
): Setting | undefined {
  if (value !== undefined) return { source: `The option \`${option}\``, value: checkString(option, value) };
  for (const variable of variables) {
    const text = environment[variable]?.trim();
    if (text) return { source: `The environment variable ${variable}`, value: text };
  }
  return undefined;
}

function resolveApiKey({ apiKey }: HttpReporterOptions, environment: Environment): ApiKeySource | undefined {
  if (typeof apiKey === 'function') return apiKey;
  if (apiKey !== undefined && typeof apiKey !== 'string') {
    // The value may contain a key, so only its type is shown.
    const type = typeof apiKey === 'object' ? showValue(apiKey) : `a ${typeof apiKey}`;
    throw new TypeError(`The option \`apiKey\` is ${type}; accepted is a string or a function`);
  }
  const setting = findSetting('apiKey', apiKey, ['DD_API_KEY', 'DATADOG_API_KEY'], environment);
  const key = setting?.value.trim();
  if (!key) return undefined;
  if (isApiKey(key)) return key;
  throw new RangeError(`${setting!.source} holds characters that no API key has; accepted are visible ASCII characters`);
}

function resolveBaseUrl(options: HttpReporterOptions, environment: Environment): string {
  const url = findSetting('url', options.url, ['DD_URL', 'DATADOG_HOST'], environment);
  if (url !== undefined) return checkUrl(url);
  const site = findSetting('site', options.site, ['DD_SITE', 'DATADOG_SITE'], environment);
  return site === undefined ? `https://api.${DEFAULT_SITE}` : siteUrl(site);
}

function checkUrl({ source, value }: Setting): string {
  const refuse = (accepted: string): RangeError =>
    new RangeError(`${source} is ${showValue(showUrl(value))}; accepted is ${accepted}, like https://api.${DEFAULT_SITE}`);
  if (!URL.canParse(value)) throw refuse('a whole URL');
  const url = new URL(value);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('an http or https URL');
  if (url.username !== '' || url.password !== '') throw refuse('a URL without credentials');
  if (url.search !== '' || url.hash !== '') throw refuse('a URL without a query or fragment');
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function siteUrl({ source, value }: Setting): string {
  const site = value.replace(/^app\./, '');
  const url = `https://api.${site}`;
  // A host name without a dot is the abbreviation of a site, such as `eu` or `us5`.
  if (/^[a-zA-Z0-9_-][a-zA-Z0-9._:-]*\.[a-zA-Z0-9._:-]+$/.test(site) && URL.canParse(url)) return new URL(url).origin;
  throw new RangeError(
    `${source} is ${showValue(showUrl(value))}; accepted is a host name with a dot, like ${DEFAULT_SITE} or datadoghq.eu`,
  );
}

/** Never throws, because a disabled client must not fail for a variable that was set for others. */
function resolveProxy(baseUrl: string, environment: Environment): Pick<HttpSettingsValues, 'proxy' | 'proxyProblem'> {
  try {
    return { proxy: proxyFor(new URL(baseUrl), environment) };
  } catch (error) {
    return { proxyProblem: (error as Error).message };
  }
}

function resolveDispatcher(dispatcher: unknown): Dispatcher | undefined {
  if (dispatcher === undefined) return undefined;
  if (typeof (dispatcher as Partial<Dispatcher> | null)?.dispatch === 'function') return dispatcher as Dispatcher;
  throw typeError('dispatcher', dispatcher, 'a dispatcher of undici, which has a method `dispatch`');
}

function resolveSpool(options: HttpReporterOptions, intake: string, claimMilliseconds: number): SpoolSettings | undefined {
  const { spoolDirectory, maxSpoolBytes = DEFAULT_SPOOL_BYTES } = options;
  const maxBytes = checkInteger('maxSpoolBytes', maxSpoolBytes, 0, 2 ** 30);
  if (spoolDirectory === undefined) return undefined;
  if (checkString('spoolDirectory', spoolDirectory) === '') throw rangeError('spoolDirectory', '', 'the path of a directory');
  return { directory: builtin('node:path').resolve(spoolDirectory), maxBytes, intake, claimMilliseconds };
}
