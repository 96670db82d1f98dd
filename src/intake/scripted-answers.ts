import { builtin } from '../runtime/builtin.js';
import { checkMembers } from './check-arguments.js';

// Not imported: see http-server.ts.
const { validateHeaderName, validateHeaderValue } = builtin('node:http');

const DELIVERIES = ['whole', 'half', 'slow', 'endless'] as const;
const FAULTS = ['hang', 'reset', 'reset-mid-body'] as const;

/** Headers of an answer by name. One that is sent several times has an array. */
export interface AnswerHeaders {
  [name: string]: number | string | readonly string[] | undefined;
}

/** An HTTP answer. The rows of a valid request are kept when `statusCode` is a 2xx. */
export interface HttpAnswer {
  /** An integer from 200 to 599. */
  statusCode: number;
  /** Headers of the answer. `Content-Type: application/json` is sent unless this has another `Content-Type`. Default: none. */
  headers?: AnswerHeaders | undefined;
  /** Default: the body that Datadog sends with this status, such as `{"errors":["Too Many Requests"]}` for 429. */
  body?: string | undefined;
  /**
   * How the body is sent. Default `whole`.
   *
   * - `whole`: sends the body.
   * - `half`: announces the whole length, sends the first half, then closes the connection.
   * - `slow`: sends one byte every 100 ms.
   * - `endless`: repeats the body as fast as it is read, until the client closes the connection or the intake is closed.
   */
  delivery?: (typeof DELIVERIES)[number] | undefined;
}

/** No answer. The rows of the request are not kept. */
export interface Fault {
  /**
   * - `hang`: reads the request, and does not answer until the client closes the connection or the intake is closed.
   * - `reset`: reads the request, then resets the connection.
   * - `reset-mid-body`: resets the connection as soon as the first bytes of the body have arrived.
   */
  fault: (typeof FAULTS)[number];
}

/**
 * Bytes that are sent in place of an HTTP answer, after which the connection is closed. They can simulate garbage, a 1xx before
 * the answer, or an answer on a connection that is closed although it looks reusable.
 */
export interface RawAnswer {
  /** Sent as UTF-8. An empty string closes the connection without an answer. */
  raw: string;
  /**
   * The status code that the bytes stand for, from 200 to 599. It decides whether the rows are kept, as in {@link HttpAnswer}:
   * `{ raw: '', statusCode: 202 }` accepts a request whose answer is lost. Default: the request counts as not answered, and its
   * rows are not kept.
   */
  statusCode?: number | undefined;
}

/** An answer that replaces the intake's own. */
export type ScriptedAnswer = HttpAnswer | Fault | RawAnswer;

export interface AnswerOptions {
  /** Number of requests that get this answer: an integer of at least 1, or Infinity. Default 1. */
  times?: number | undefined;
  /** Only requests for this path get the answer, such as `/api/v2/series`. It must start with `/`. Default: any path. */
  path?: string | undefined;
}

function checkStatusCode(statusCode: unknown): void {
  if (Number.isInteger(statusCode) && (statusCode as number) >= 200 && (statusCode as number) <= 599) return;
  throw new RangeError(`statusCode must be an integer from 200 to 599, not ${String(statusCode)}`);
}

function checkMember(name: string, value: unknown, accepted: readonly string[]): void {
  if (accepted.includes(value as string)) return;
  throw new TypeError(`${name} must be one of ${accepted.join(', ')}, not ${String(value)}`);
}

function checkString(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${String(value)}`);
}

function checkHttpAnswer({ statusCode, headers = {}, body, delivery }: HttpAnswer): void {
  checkStatusCode(statusCode);
  if (body !== undefined) checkString('body', body);
  if (delivery !== undefined) checkMember('delivery', delivery, DELIVERIES);
  for (const [name, value] of Object.entries(headers)) {
    validateHeaderName(name);
    for (const item of Array.isArray(value) ? value : [value]) validateHeaderValue(name, item as string);
  }
}

function checkAnswer(answer: ScriptedAnswer): void {
  if (typeof answer !== 'object' || answer === null) {
    throw new TypeError(`answer must be an object with statusCode, fault or raw, not ${String(answer)}`);
  }
  if ('fault' in answer) {
    checkMembers('an answer with a fault', answer, ['fault'], 'member');
    checkMember('fault', answer.fault, FAULTS);
  } else if ('raw' in answer) {
    checkMembers('a raw answer', answer, ['raw', 'statusCode'], 'member');
    checkString('raw', answer.raw);
    if (answer.statusCode !== undefined) checkStatusCode(answer.statusCode);
  } else {
    checkMembers('an answer', answer, ['statusCode', 'headers', 'body', 'delivery'], 'member');
    checkHttpAnswer(answer);
  }
}

interface Rule {
  answer: ScriptedAnswer;
  path: string | undefined;
  timesLeft: number;
}

/**
 * The scripted answers that are not used up, oldest first.
 * @internal
 */
export class AnswerScript {
  #rules: Rule[] = [];

  /** Adds an answer, and returns a function that removes it. */
  add(answer: ScriptedAnswer, options: AnswerOptions): () => void {
    checkAnswer(answer);
    checkMembers('answer', options, ['times', 'path']);
    const { times = 1, path } = options;
    if (times !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(times) && times >= 1)) {
      throw new RangeError(`times must be an integer of at least 1, or Infinity, not ${String(times)}`);
    }
    if (path !== undefined && !(typeof path === 'string' && path.startsWith('/'))) {
      throw new TypeError(`path must be a string that starts with /, not ${String(path)}`);
    }
    const rule: Rule = { answer: { ...answer }, path, timesLeft: times };
    this.#rules.push(rule);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== rule);
    };
  }

  /** Returns the oldest answer that fits the path of a new request, and counts it as used once. */
  take(pathname: string): ScriptedAnswer | undefined {
    const rule = this.#rules.find(({ path }) => path === undefined || path === pathname);
    if (rule === undefined) return undefined;
    rule.timesLeft -= 1;
    if (rule.timesLeft === 0) this.#rules.splice(this.#rules.indexOf(rule), 1);
    return rule.answer;
  }

  clear(): void {
    this.#rules = [];
  }
}
