import { checkMembers, checkSearch } from './check-arguments.js';
import type { RunningServer } from './http-server.js';
import type { IntakeRequest, ReceivedDistribution, ReceivedEvent, ReceivedMetric } from './received-rows.js';
import type { RequestLog } from './request-log.js';
import type { AnswerOptions, AnswerScript, ScriptedAnswer } from './scripted-answers.js';
import { StoredRows } from './stored-rows.js';

declare global {
  interface SymbolConstructor {
    // For users' compilers, which may have it neither in `lib` nor from @types/node.
    readonly asyncDispose: unique symbol;
  }
}

const DEFAULT_TIMEOUT_MILLISECONDS = 5000;

export interface WaitOptions {
  /** Milliseconds until the wait fails, from 0 to 2,147,483,647. Default 5000. */
  timeoutMilliseconds?: number | undefined;
}

interface Row {
  metric: string;
  tags: string[];
}

function filterRows<T extends Row>(rows: readonly T[], metric: string, tags: readonly string[]): T[] {
  checkSearch(metric, tags);
  return rows.filter((row) => row.metric === metric && tags.every((tag) => row.tags.includes(tag)));
}

/**
 * A running fake Datadog server, which `startIntake()` returns.
 *
 * Its lists are live: they remain the same arrays, and grow until `clear()` empties them. A request and its rows are added before
 * the request is answered.
 */
export class Intake {
  /** Base URL, such as `http://127.0.0.1:43210`. Pass it to the client as the option `url`. */
  readonly url: string;
  /** The metrics of all accepted requests, in order of arrival. */
  readonly metrics: readonly ReceivedMetric[];
  /** The distributions of all accepted requests, in order of arrival. */
  readonly distributions: readonly ReceivedDistribution[];
  /** The events of all accepted requests, in order of arrival. */
  readonly events: readonly ReceivedEvent[];
  /** All requests, including those that were refused or not answered, in order of arrival. */
  readonly requests: readonly IntakeRequest[];
  readonly #log: RequestLog;
  readonly #script: AnswerScript;
  readonly #server: RunningServer;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(log: RequestLog, script: AnswerScript, server: RunningServer) {
    this.url = server.url;
    this.metrics = log.metrics;
    this.distributions = log.distributions;
    this.events = log.events;
    this.requests = log.requests;
    this.#log = log;
    this.#script = script;
    this.#server = server;
  }

  /**
   * Returns the metrics of this name that have all of these tags. They may have other tags as well. The name is the one that was
   * sent, with its namespace and suffix. A TypeError is thrown unless the tags are an array of strings.
   */
  metric(name: string, tags: readonly string[] = []): ReceivedMetric[] {
    return filterRows(this.metrics, name, tags);
  }

  /** Returns the distributions of this name that have all of these tags. They may have other tags as well. */
  distribution(name: string, tags: readonly string[] = []): ReceivedDistribution[] {
    return filterRows(this.distributions, name, tags);
  }

  /**
   * Returns what Datadog would keep of everything that was accepted until now: the last point of each series and second, and all
   * values of distributions. Tests of totals compare with it, because it shows when one point replaces another, and counts a point
   * once that was sent twice:
   *
   *     assert.equal(intake.stored().total('checkouts'), 100);
   */
  stored(): StoredRows {
    return new StoredRows(this.metrics, this.distributions);
  }

  /**
   * Waits until the condition returns something truthy, and resolves with it:
   *
   *     const [row] = await intake.waitFor(({ metrics }) => metrics.length > 0 && metrics);
   *
   * The condition is called at once, and after each request, answered or not. The wait keeps the process alive. It rejects
   *
   * - with a `ThreadStatsError` of code `ERR_THREADSTATS_INTAKE_TIMEOUT` after 5 seconds, or after `timeoutMilliseconds`;
   * - with a `ThreadStatsError` of code `ERR_THREADSTATS_INTAKE_CLOSED` when the intake is closed;
   * - with the error that the condition throws;
   * - with a RangeError when `timeoutMilliseconds` is out of range, and a TypeError for any other option.
   */
  async waitFor<T>(
    condition: (intake: this) => T,
    options: WaitOptions = {},
  ): Promise<Exclude<T, false | '' | 0 | null | undefined>> {
    checkMembers('waitFor', options, ['timeoutMilliseconds']);
    const { timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS } = options;
    type Satisfied = Exclude<T, false | '' | 0 | null | undefined>;
    return this.#log.waitFor(() => condition(this) as Satisfied, timeoutMilliseconds);
  }

  /**
   * Replaces the answer to the next requests, whether or not they are valid:
   *
   *     intake.answer({ statusCode: 429, headers: { 'Retry-After': '1' } }, { times: 2 });
   *     intake.answer({ fault: 'reset-mid-body' }, { path: '/api/v2/series' });
   *     const recover = intake.answer({ statusCode: 503 }, { times: Infinity });
   *
   * Each request gets the oldest answer that fits its path and is not used up. It is listed in `requests` as any other. Returns a
   * function that removes the answer. Throws a TypeError or RangeError for a bad answer or option.
   */
  answer(answer: ScriptedAnswer, options: AnswerOptions = {}): () => void {
    return this.#script.add(answer, options);
  }

  /** Forgets all rows, requests and unused answers. */
  clear(): void {
    this.#log.clear();
    this.#script.clear();
  }

  /**
   * Stops the server and breaks all connections, including those of unanswered requests. The lists remain readable. Further calls
   * return the same promise.
   */
  close(): Promise<void> {
    this.#log.close();
    this.#closing ??= this.#server.close();
    return this.#closing;
  }

  /** Closes the intake at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
