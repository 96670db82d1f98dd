import type { IncomingHttpHeaders } from 'node:http';
import { ThreadStatsError } from '../diagnostics/errors.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';

/** What `setTimeout` can hold; past it, it fires at once. */
const MAX_TIMER_MILLISECONDS = 2_147_483_647;

/**
 * A metric as the intake understood it, in one shape for both versions of the API, so that a report compares equal over v1 and v2,
 * and to what a `MemoryReporter` got. v1's absent type is `'gauge'`, v2's `'unspecified'`; `host` and `device` may have come as
 * v2's resources, and a device as its last tag `device:...`, which is then left out of `tags`; an absent interval is 0.
 */
export interface ReceivedMetric extends Omit<MetricRow, 'type'> {
  type: MetricRow['type'] | 'unspecified';
}

/** A distribution, likewise. */
export type ReceivedDistribution = DistributionRow;

/** An event exactly as it was sent. */
export type ReceivedEvent = EventRow;

/** One request that reached the intake, whatever became of it. */
export interface IntakeRequest {
  method: string;
  /** Path and query as sent, but for keys, which are `[redacted]`. */
  path: string;
  /** Names in lower case; the value of `dd-api-key` is `[redacted]`. */
  headers: IncomingHttpHeaders;
  /** Content-Encoding in lower case; `identity` when the request had none. */
  encoding: string;
  /** As sent, or what had arrived when the connection broke. */
  bodyBytes: number;
  /** 0 when it was refused before that. */
  decompressedBytes: number;
  /** Null when there was no answer. */
  statusCode: number | null;
  /** What was found wrong with the request; null when nothing was. */
  refusal: string | null;
  /** 0 unless it was answered with 2xx. */
  rowsKept: number;
  /** POSIX milliseconds at which its headers arrived. */
  arrivedAtMilliseconds: number;
}

/**
 * The rows of one request.
 * @internal
 */
export interface ReceivedRows {
  metrics?: ReceivedMetric[];
  distributions?: ReceivedDistribution[];
  events?: ReceivedEvent[];
}

/**
 * What has arrived. The arrays stay the same objects from start to end.
 * @internal
 */
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
