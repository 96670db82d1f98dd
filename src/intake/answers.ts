import { type OutgoingHttpHeaders, validateHeaderName, validateHeaderValue } from 'node:http';

const DELIVERIES = ['whole', 'half', 'slow', 'endless'] as const;
const FAULTS = ['hang', 'reset', 'reset-mid-body'] as const;

/** An HTTP answer; the request's rows are kept when it is a 2xx and they are valid. */
export interface HttpAnswer {
  /** From 200 to 599. */
  statusCode: number;
  /** `Content-Type` is `application/json` unless given. */
  headers?: OutgoingHttpHeaders;
  /** Default: what the intake says with this status, `{"errors":["Too Many Requests"]}` for a 429. */
  body?: string;
  /**
   * How the body is sent: `whole` (default); `half` of what the headers announce, then the connection is closed; `slow`, one byte
   * every 100 ms; `endless`, over and over, as fast as it is read, until the client has enough.
   */
  delivery?: (typeof DELIVERIES)[number];
}

/** No answer at all; the request's rows are not kept. */
export interface Fault {
  /**
   * `hang`: reads the request and stays silent until the client gives up or the intake is closed. `reset`: reads it, then resets
   * the connection. `reset-mid-body`: resets it as soon as the first bytes of the body are there.
   */
  fault: (typeof FAULTS)[number];
}

/**
 * Bytes in place of an answer, after which the connection is closed without notice: garbage, 1xx before the answer, or a good
 * answer on a connection that only looks reusable.
 */
export interface RawAnswer {
  /** What goes over the wire, as UTF-8; nothing when empty. */
  raw: string;
  /**
   * From 200 to 599: what the bytes stand for, as in {@link HttpAnswer}; `{ raw: '', statusCode: 202 }` accepts a request and
   * loses the answer. Default: no answer, nothing kept.
   */
  statusCode?: number;
}

/** What the intake says in place of its own judgement. */
export type ScriptedAnswer = HttpAnswer | Fault | RawAnswer;

export interface AnswerOptions {
  /** How many requests are answered so: an integer of at least 1, or Infinity. Default 1. */
  times?: number;
  /** Only requests for this path, such as `/api/v2/series`. Default: any path. */
  path?: string;
}

function checkStatusCode(statusCode: unknown): void {
  if (Number.isInteger(statusCode) && (statusCode as number) >= 200 && (statusCode as number) <= 599) return;
  throw new RangeError(`statusCode must be an integer from 200 to 599, not ${String(statusCode)}`);
}

function checkMember(name: string, value: unknown, accepted: readonly string[]): void {
  if (accepted.includes(value as string)) return;
  throw new TypeError(`${name} must be one of ${accepted.join(', ')}, not ${String(value)}`);
}

function checkText(name: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${name} must be a string, not ${String(value)}`);
}

function checkHttpAnswer({ statusCode, headers = {}, body, delivery }: HttpAnswer): void {
  checkStatusCode(statusCode);
  if (body !== undefined) checkText('body', body);
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
    checkMember('fault', answer.fault, FAULTS);
  } else if ('raw' in answer) {
    checkText('raw', answer.raw);
    if (answer.statusCode !== undefined) checkStatusCode(answer.statusCode);
  } else {
    checkHttpAnswer(answer);
  }
}

interface Rule {
  answer: ScriptedAnswer;
  path: string | undefined;
  timesLeft: number;
}

/**
 * The scripted answers that are still to be given, in the order in which they were asked for.
 * @internal
 */
export class AnswerScript {
  #rules: Rule[] = [];

  /** Returns a function that takes the answer back. */
  add(answer: ScriptedAnswer, { times = 1, path }: AnswerOptions): () => void {
    checkAnswer(answer);
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

  /** The answer for a request that has just arrived: each is given to the first requests that it fits. */
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
