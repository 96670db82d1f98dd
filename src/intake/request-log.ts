import { ThreadStatsError } from '../diagnostics/errors.js';
import { showValue } from '../model/text.js';
import { MAX_TIMER_MILLISECONDS } from '../model/timestamps.js';
import { builtin } from '../runtime/builtin.js';
import type { IntakeRequest, ReceivedDistribution, ReceivedEvent, ReceivedMetric, ReceivedRows } from './received-rows.js';

// A wait must end even where a test has replaced the global timers.
const { setTimeout, clearTimeout } = builtin('node:timers');

/** Most names of metrics that a message lists. */
const MAX_NAMES = 10;

/**
 * The requests that arrived, the rows of the accepted ones, and the waits for more. The arrays remain the same objects.
 * @internal
 */
export class RequestLog {
  readonly metrics: ReceivedMetric[] = [];
  readonly distributions: ReceivedDistribution[] = [];
  readonly events: ReceivedEvent[] = [];
  readonly requests: IntakeRequest[] = [];
  #waiting: (() => void)[] = [];
  #isClosed = false;

  add(request: Omit<IntakeRequest, 'rowsKept'>, { metrics = [], distributions = [], events = [] }: ReceivedRows): void {
    if (this.#isClosed) return;
    // Not push(...rows): a request may hold more rows than a call may have arguments.
    for (const row of metrics) this.metrics.push(row);
    for (const row of distributions) this.distributions.push(row);
    for (const row of events) this.events.push(row);
    this.requests.push({ ...request, rowsKept: metrics.length + distributions.length + events.length });
    this.#wake();
  }

  clear(): void {
    for (const list of [this.metrics, this.distributions, this.events, this.requests]) list.length = 0;
  }

  /** Ignores later requests. Current and later waits fail, unless their condition is already met. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async waitFor<T>(condition: () => T, timeoutMilliseconds: number): Promise<T> {
    if (!(timeoutMilliseconds >= 0 && timeoutMilliseconds <= MAX_TIMER_MILLISECONDS)) {
      throw new RangeError(`timeoutMilliseconds must be from 0 to ${MAX_TIMER_MILLISECONDS}, not ${String(timeoutMilliseconds)}`);
    }
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<'expired'>((resolve) => {
      timer = setTimeout(resolve, timeoutMilliseconds, 'expired');
    });
    try {
      for (;;) {
        const value = condition();
        if (value) return value;
        if (this.#isClosed) {
          throw new ThreadStatsError('ERR_THREADSTATS_INTAKE_CLOSED', `The intake was closed; ${this.#summary()}`);
        }
        const arrival = new Promise<void>((resolve) => this.#waiting.push(resolve));
        if ((await Promise.race([arrival, expired])) === 'expired') {
          const message = `The condition was not met within ${timeoutMilliseconds} ms; ${this.#summary()}`;
          throw new ThreadStatsError('ERR_THREADSTATS_INTAKE_TIMEOUT', message);
        }
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  #summary(): string {
    const last = this.requests.at(-1);
    if (last === undefined) return 'no request has arrived';
    const rows = `metrics: ${this.metrics.length}, distributions: ${this.distributions.length}, events: ${this.events.length}`;
    const answer = last.statusCode === null ? 'not answered' : `answered with ${last.statusCode}`;
    const refusal = last.refusal === null ? '' : `: ${last.refusal}`;
    const summary = `requests: ${this.requests.length}, ${rows}`;
    return `${summary}${this.#names()}; the last request was ${last.method} ${last.path}, ${answer}${refusal}`;
  }

  #names(): string {
    const names = [...new Set([...this.metrics, ...this.distributions].map(({ metric }) => metric))];
    if (names.length === 0) return '';
    const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : '';
    return `; the names are ${names.slice(0, MAX_NAMES).map(showValue).join(', ')}${more}`;
  }
}
