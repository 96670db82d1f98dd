import type { IncomingHttpHeaders } from 'node:http';
import { ThreadStatsError } from '../errors.js';
import type { DistributionRow, EventRow, MetricRow } from '../rows.js';

/** What `setTimeout` can hold; past it, it fires at once. */
const MAX_TIMER_MILLISECONDS = 2_147_483_647;

/**
 * A metric as the intake understood it: the shape of a `MetricRow`, whichever version of the API it came by, so that one
 * report compares equal over v1 and v2, and equal to what a `MemoryReporter` got.
 *
 * - `type`: v1's empty or absent type is `'gauge'`, as in the intake; v2's 0 or absent type is `'unspecified'`.
 * - `host`: v1's `host`, or v2's first resource of type `host`; null when there is none.
 * - `device`: v1's `device`, or v2's first resource of type `device`; when there is neither, the last tag `device:...`,
 *   which is how v2 carries a device, and which is then left out of `tags`. Null when there is none.
 * - `tags`: as sent, except for that one.
 * - `interval`: 0 when absent.
 *
 * Fields that are not listed here are ignored, as are other resources.
 */
export interface ReceivedMetric extends Omit<MetricRow, 'type'> {
  type: MetricRow['type'] | 'unspecified';
}

/** A distribution as the intake understood it; host, device, tags and interval as in `ReceivedMetric`. */
export type ReceivedDistribution = DistributionRow;

/** An event exactly as it was sent. */
export type ReceivedEvent = EventRow;

/** One request that reached the intake, whatever became of it. */
export interface IntakeRequest {
  method: string;
  /** Path and, if any, query as sent; the value of a query parameter `api_key` or `application_key` is `[redacted]`. */
  path: string;
  /** Names in lower case; the value of `dd-api-key` is `[redacted]`. */
  headers: IncomingHttpHeaders;
  /** Content-Encoding in lower case; `identity` when the request had none. */
  encoding: string;
  /** Size of the body as sent, or of what had arrived when the connection broke. */
  bodyBytes: number;
  /** Size of the body once decompressed; 0 when it was refused before that. */
  decompressedBytes: number;
  /** Status that was answered; null when there was no answer. */
  statusCode: number | null;
  /** What was found wrong with the request (the text of the answer's `errors`); null when nothing was. */
  refusal: string | null;
  /** Rows that were kept from it: 0 unless it was answered with 2xx. */
  rowsKept: number;
  /** POSIX milliseconds at which its headers arrived. */
  arrivedAtMilliseconds: number;
}

/** The rows of one request. */
export interface ReceivedRows {
  metrics?: ReceivedMetric[];
  distributions?: ReceivedDistribution[];
  events?: ReceivedEvent[];
}

/** What has arrived. The arrays stay the same objects from start to end. */
export class Received {
  readonly metrics: ReceivedMetric[] = [];
  readonly distributions: ReceivedDistribution[] = [];
  readonly events: ReceivedEvent[] = [];
  readonly requests: IntakeRequest[] = [];
  #waiting: (() => void)[] = [];
  #closed = false;

  add(request: Omit<IntakeRequest, 'rowsKept'>, { metrics = [], distributions = [], events = [] }: ReceivedRows): void {
    if (this.#closed) return;
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

  /** Nothing arrives any more: every wait fails, now or when it begins. */
  close(): void {
    this.#closed = true;
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
        if (this.#closed) {
          throw new ThreadStatsError('ERR_THREADSTATS_INTAKE_CLOSED', `The intake was closed; ${this.#describe()}`);
        }
        const arrival = new Promise<void>((resolve) => this.#waiting.push(resolve));
        if ((await Promise.race([arrival, expired])) === 'expired') {
          const message = `What was waited for did not arrive within ${timeoutMilliseconds} ms; ${this.#describe()}`;
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

  #describe(): string {
    const last = this.requests.at(-1);
    if (last === undefined) return 'no request has arrived';
    const counts = `${this.metrics.length} metrics, ${this.distributions.length} distributions and ${this.events.length} events`;
    const answer = `answered with ${last.statusCode ?? 'nothing'}${last.refusal === null ? '' : `: ${last.refusal}`}`;
    return `${this.requests.length} requests have arrived with ${counts}, the last one ${last.method} ${last.path}, ${answer}`;
  }
}
