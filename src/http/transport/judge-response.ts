import { IntakeError } from '../../diagnostics/errors.js';
import { sanitise } from '../redact.js';
import type { TransportResponse } from './transport.js';

/** The request that a message is about. */
export interface RequestContext {
  /** For messages, such as `POST https://api.datadoghq.com/api/v2/series`. */
  readonly name: string;
  /** Is kept out of messages. */
  readonly apiKey: string;
}

interface Meaning {
  code: string;
  retryable: boolean;
  advice: string;
}

/** Longest text of a response, or of an error, that a message shows. */
const MAX_TEXT_CHARACTERS = 200;

const KEY_REFUSED: Meaning = {
  code: 'ERR_THREADSTATS_INTAKE_FORBIDDEN',
  // A key can be replaced or enabled while the process runs.
  retryable: true,
  advice:
    'the API key was refused; check DD_API_KEY or DATADOG_API_KEY (or the option `apiKey`), and DD_SITE, because a key is valid at one site only',
};

const MEANINGS: Readonly<Record<number, Meaning>> = {
  400: { code: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST', retryable: false, advice: 'the payload is not valid' },
  401: KEY_REFUSED,
  403: KEY_REFUSED,
  404: {
    code: 'ERR_THREADSTATS_INTAKE_NOT_FOUND',
    retryable: true,
    advice: 'the endpoint was not found; check DD_URL or DD_SITE',
  },
  407: {
    code: 'ERR_THREADSTATS_INTAKE_PROXY',
    retryable: true,
    advice:
      'the proxy requires credentials; check the variable of the proxy (DD_PROXY_HTTPS, HTTPS_PROXY, DD_PROXY_HTTP or HTTP_PROXY)',
  },
  408: { code: 'ERR_THREADSTATS_INTAKE_TIMEOUT', retryable: true, advice: 'the request took too long to arrive' },
  413: { code: 'ERR_THREADSTATS_INTAKE_TOO_LARGE', retryable: false, advice: 'the payload is too large' },
  429: { code: 'ERR_THREADSTATS_INTAKE_RATE_LIMITED', retryable: true, advice: 'too many requests' },
};

const NOT_FOLLOWED: Meaning = {
  code: 'ERR_THREADSTATS_INTAKE_UNEXPECTED',
  retryable: true,
  advice: 'an unexpected response, which is not followed; check DD_URL or DD_SITE',
};

/** A page comes from a proxy, a load balancer or a login, so the intake has not seen the request. */
const PAGE: Meaning = {
  ...NOT_FOLLOWED,
  advice: 'a page and not the answer of an intake; check DD_URL or DD_SITE, and the proxies on the way',
};

const REPORTED_ERRORS: Meaning = {
  code: 'ERR_THREADSTATS_INTAKE_REPORTED_ERRORS',
  retryable: false,
  advice: 'the intake answered that it had errors, so its rows count as refused',
};

/** Returns the failure that a response means, or undefined when the intake accepted the request (2xx without errors). */
export function judgeResponse(response: TransportResponse, context: RequestContext): IntakeError | undefined {
  const { statusCode } = response;
  const meaning = isSuccess(statusCode) ? meaningOfSuccess(response) : (MEANINGS[statusCode] ?? meaningOfClass(statusCode));
  if (meaning === undefined) return undefined;
  const { code, retryable, advice } = meaning;
  const text = sanitise(response.text, context.apiKey, MAX_TEXT_CHARACTERS);
  const retryAfterSeconds = readRetryAfter(response.headers);
  const what = isSuccess(statusCode) ? 'got' : 'failed with';
  const message = `${context.name} ${what} status ${statusCode}: ${advice}${text && ` (${text})`}`;
  return new IntakeError(code, message, { statusCode, retryable, retryAfterSeconds });
}

function isSuccess(statusCode: number): boolean {
  return statusCode >= 200 && statusCode <= 299;
}

/**
 * Returns undefined for the answers of Datadog (`{"status":"ok"}`, `{"errors":[]}`), and for those of servers that answer with
 * nothing, with another object or with a word.
 */
function meaningOfSuccess({ text }: TransportResponse): Meaning | undefined {
  if (/^\s*</.test(text)) return PAGE;
  // The text may have been cut, so it is not parsed. Quotes inside a string of JSON have a backslash before them.
  return /^\s*\{/.test(text) && /"errors?"\s*:\s*(\[\s*)?["{]/.test(text) ? REPORTED_ERRORS : undefined;
}

/**
 * Returns the warning that an accepted request has an answer which is not Datadog's; undefined if it may be. Whoever has answered
 * may have taken the rows or not, so they are neither sent again nor counted as dropped.
 *
 * An intake answers `{"status":"ok"}` or `{"errors":[]}`; those of others answer with nothing or a word, too.
 */
export function judgeAnswer({ statusCode, text }: TransportResponse, context: RequestContext): IntakeError | undefined {
  const answer = text.trim();
  if (/^("?[\w.]*"?|\[\s*\]|\{\s*\}|\{.*"(status|errors?)"\s*:.*)$/s.test(answer)) return undefined;
  const shown = sanitise(answer, context.apiKey, MAX_TEXT_CHARACTERS);
  const finding = `${context.name} got status ${statusCode} with an answer that is not Datadog's (${shown})`;
  const advice = 'its rows count as sent; check DD_URL or DD_SITE, and the proxies on the way. Reported once';
  return new IntakeError('ERR_THREADSTATS_INTAKE_ANSWER', `${finding}: ${advice}`, { statusCode, retryable: false });
}

/** True if the intake accepted the request. */
export function isAccepted(response: TransportResponse): boolean {
  return isSuccess(response.statusCode) && meaningOfSuccess(response) === undefined;
}

function meaningOfClass(statusCode: number): Meaning {
  if (statusCode >= 500) return { code: 'ERR_THREADSTATS_INTAKE_UNAVAILABLE', retryable: true, advice: 'the intake failed' };
  if (statusCode >= 400) return { code: 'ERR_THREADSTATS_INTAKE_UNEXPECTED', retryable: false, advice: 'an unexpected response' };
  // The intake uses neither 1xx nor 3xx, so another server responded, and the intake has not seen the request.
  return NOT_FOLLOWED;
}

/** Reads `Retry-After` (seconds, or a date, compared with the response's own `Date`), otherwise `X-RateLimit-Reset` (seconds). */
function readRetryAfter(headers: TransportResponse['headers']): number | undefined {
  return (
    parseSeconds(headers['retry-after']) ??
    secondsBetween(headers.date, headers['retry-after']) ??
    parseSeconds(headers['x-ratelimit-reset'])
  );
}

function parseSeconds(value: string | string[] | undefined): number | undefined {
  return typeof value === 'string' && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
}

function secondsBetween(from: string | string[] | undefined, to: string | string[] | undefined): number | undefined {
  const seconds = (Date.parse(String(to)) - Date.parse(String(from))) / 1000;
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}

/** Error codes of the system, Node.js and undici for a timeout. */
const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

/**
 * Returns the failure of a request that got no response. Its cause is a new error with the code and the sanitised message of the
 * original, because the original may contain raw bytes of the connection, and with them an echoed API key.
 */
export function judgeFailure(failure: unknown, context: RequestContext): IntakeError {
  const { code, message, statusCode } = originOf(failure);
  if (code === 'EPROXY' && statusCode >= 400 && statusCode <= 499) {
    const advice = statusCode === 407 ? MEANINGS[407].advice : 'the proxy does not let this host through';
    return new IntakeError('ERR_THREADSTATS_INTAKE_PROXY', `${context.name} failed: ${message}; ${advice}`, {
      statusCode,
      retryable: true,
    });
  }
  const text = sanitise(message, context.apiKey, MAX_TEXT_CHARACTERS) || code || 'unknown failure';
  const intakeCode = TIMEOUT_CODES.has(code ?? '') ? 'ERR_THREADSTATS_INTAKE_TIMEOUT' : 'ERR_THREADSTATS_INTAKE_UNREACHABLE';
  const cause = Object.assign(new Error(text), { code });
  return new IntakeError(intakeCode, `${context.name} got no response: ${text}`, { retryable: true, cause });
}

/**
 * Returns code and message of an error. A host with several addresses fails with an error for each; the first one stands for all.
 */
function originOf(failure: unknown): { code: string | undefined; message: string; statusCode: number } {
  if (failure instanceof AggregateError && failure.errors.length > 0) return originOf(failure.errors[0]);
  if (!(failure instanceof Error)) return { code: undefined, message: String(failure), statusCode: 0 };
  const { code, statusCode = 0 } = failure as { code?: unknown; statusCode?: number };
  return { code: typeof code === 'string' ? code : undefined, message: failure.message, statusCode };
}
