import type { AnswerOptions, AnswerScript, ScriptedAnswer } from './answers.js';
import type { IntakeRequest, Received, ReceivedDistribution, ReceivedEvent, ReceivedMetric } from './received.js';
import type { RunningServer } from './server.js';

const DEFAULT_TIMEOUT_MILLISECONDS = 5000;

export interface WaitOptions {
  /** Milliseconds after which the wait fails, from 0 to 2,147,483,647. Default 5000. */
  timeoutMilliseconds?: number;
}

interface Row {
  metric: string;
  tags: string[];
}

function matching<T extends Row>(rows: readonly T[], metric: string, tags: readonly string[]): T[] {
  return rows.filter((row) => row.metric === metric && tags.every((tag) => row.tags.includes(tag)));
}

/**
 * A running intake: what it received, and what it is to answer.
 *
 * The lists are live (the same arrays for the intake's whole life) and grow until `clear()`. A request and its rows are in them
 * before its answer leaves.
 */
export class Intake {
  /** Base URL, such as `http://127.0.0.1:43210`: the client's option `url`. */
  readonly url: string;
  /** Of all accepted requests, as the next two. */
  readonly metrics: readonly ReceivedMetric[];
  readonly distributions: readonly ReceivedDistribution[];
  readonly events: readonly ReceivedEvent[];
  /** Refused and unanswered ones included. */
  readonly requests: readonly IntakeRequest[];
  readonly #received: Received;
  readonly #script: AnswerScript;
  readonly #server: RunningServer;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(received: Received, script: AnswerScript, server: RunningServer) {
    this.url = server.url;
    this.metrics = received.metrics;
    this.distributions = received.distributions;
    this.events = received.events;
    this.requests = received.requests;
    this.#received = received;
    this.#script = script;
    this.#server = server;
  }

  /** The metrics of this name (namespace and suffix included) that have all these tags, and perhaps others. */
  metric(name: string, tags: readonly string[] = []): ReceivedMetric[] {
    return matching(this.metrics, name, tags);
  }

  /** The distributions, likewise. */
  distribution(name: string, tags: readonly string[] = []): ReceivedDistribution[] {
    return matching(this.distributions, name, tags);
  }

  /**
   * Waits until what has arrived satisfies a condition, and resolves with what the condition returned:
   *
   *     const [row] = await intake.waitFor(({ metrics }) => metrics.length > 0 && metrics);
   *
   * The condition is called at once and after each request, answered or not. Rejects with what it throws, and with a
   * `ThreadStatsError` of code `ERR_THREADSTATS_INTAKE_TIMEOUT` when time is over or `ERR_THREADSTATS_INTAKE_CLOSED` when the intake
   * is closed. A wait keeps the process alive.
   */
  waitFor<T>(condition: (intake: this) => T, options: WaitOptions = {}): Promise<Exclude<T, false | '' | 0 | null | undefined>> {
    const { timeoutMilliseconds = DEFAULT_TIMEOUT_MILLISECONDS } = options;
    type Satisfied = Exclude<T, false | '' | 0 | null | undefined>;
    return this.#received.waitFor(() => condition(this) as Satisfied, timeoutMilliseconds);
  }

  /**
   * Scripts the answer to coming requests, good or bad, before any check of the intake:
   *
   *     intake.answer({ statusCode: 429, headers: { 'Retry-After': '1' } }, { times: 2 });
   *     intake.answer({ fault: 'reset-mid-body' }, { path: '/api/v2/series' });
   *     const recover = intake.answer({ statusCode: 503 }, { times: Infinity });
   *
   * Each request takes the oldest answer that fits its path and is not used up, and is listed in `requests` all the same. Returns
   * a function that takes back what was not used. Throws a TypeError or RangeError for a bad answer or option.
   */
  answer(answer: ScriptedAnswer, options: AnswerOptions = {}): () => void {
    return this.#script.add(answer, options);
  }

  /** Forgets all that was received, and all scripted answers that were not used. */
  clear(): void {
    this.#received.clear();
    this.#script.clear();
  }

  /**
   * Stops listening and breaks every connection, those of unanswered requests included. What was received stays readable. May be
   * called again.
   */
  close(): Promise<void> {
    this.#received.close();
    this.#closing ??= this.#server.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
