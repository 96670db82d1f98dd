import { survivesBeforeExit } from '../client/start-stop-options.js';
import { ThreadStats } from '../client/thread-stats.js';
import type { Reporter } from '../flush/reporter.js';
import { sliceReporter } from '../flush/slice-reporter.js';
import type { HttpPipeline } from '../http/http-pipeline.js';
import { HttpReporter } from '../http/http-reporter.js';
import { onBeforeExit } from '../runtime/before-exit.js';
import { waitAtMost } from '../runtime/wait-at-most.js';
import { type Close, Invocations, MAX_FLUSH_SECONDS } from './invocations.js';

const START = { flushMode: 'manual', [survivesBeforeExit]: true } as const;

/** Longest time that a flush waits for the attempt with which its invocation began. */
const RETRY_MILLISECONDS = 500;

/**
 * The client that all wrappers and metrics of this process share. Its constructor never throws, whatever the environment holds.
 */
export class SharedClient {
  readonly stats: ThreadStats;
  /** Undefined if the environment is not valid. */
  #reporter: HttpReporter | undefined;
  readonly #invocations = new Invocations(() => this.#flush());
  readonly #connecting = new AbortController();
  #flushesInProgress = 0;
  /** The attempt with which the current invocations began. */
  #retry: Promise<boolean> = Promise.resolve(false);

  constructor() {
    this.stats = this.#connect();
    // Up to Node.js 22, the Lambda runtime answers on 'beforeExit', and goes on. A flush that has nothing to do leaves the event
    // loop empty.
    onBeforeExit({
      flush: () => {
        this.#invocations.abandon();
        return this.#flush();
      },
    });
  }

  #connect(): ThreadStats {
    try {
      // No handler waits longer for a request, so a longer one would be frozen with the process.
      const reporter = new HttpReporter({ timeout: MAX_FLUSH_SECONDS });
      const stats = new ThreadStats({ reporter }).start(START);
      void reporter[sliceReporter].openConnection(this.#connecting.signal);
      this.#reporter = reporter;
      return stats;
    } catch (error) {
      // Without an API key, or with a bad variable, each flush reports the error and counts its rows as dropped. Handlers work.
      return new ThreadStats({ engine: 'auto', reporter: refusing(error) }).start(START);
    }
  }

  async #flush(): Promise<void> {
    const isBack = await this.#retry;
    // A connection may have died in a freeze, so a failed request is repeated while the handler waits. In an outage, which
    // leaves payloads in the queue, it is not: handlers would wait one after the other.
    const isWell = isBack || this.#reporter?.telemetry.queueBytes === 0;
    const drained = isWell ? this.#reporter?.drain(MAX_FLUSH_SECONDS * 1000) : undefined;
    this.#flushesInProgress++;
    await this.stats.flush(Number.POSITIVE_INFINITY);
    // What an outage has left is sent, too.
    if (isBack) await drained;
    this.#flushesInProgress--;
  }

  /** Opens a wrapper. The first one tries to send what earlier invocations have left, whatever the backoff says. */
  open(context: object | undefined): Close {
    const reporter = this.#reporter;
    if (reporter !== undefined && this.#invocations.isIdle && reporter.telemetry.rows!.pending > 0) {
      this.#retry = this.#retryNow(reporter[sliceReporter]);
    }
    return this.#invocations.open(context);
  }

  /** Resolves to true if the intake accepts payloads again. */
  async #retryNow(pipeline: HttpPipeline): Promise<boolean> {
    let isBack: boolean | undefined;
    const retried = pipeline.retryNow().then((result) => {
      isBack = result;
    });
    await waitAtMost(RETRY_MILLISECONDS, retried, false);
    // A request that gets no response must not keep the event loop busy until its timeout.
    if (isBack === undefined && this.#flushesInProgress === 0) pipeline.abortRequests();
    return isBack ?? false;
  }

  /** Ends the requests that keep the event loop busy, unless the next invocation has begun, whose outcome waits for them. */
  freeEventLoop(): void {
    if (this.#invocations.isWaiting) return;
    this.#connecting.abort();
    if (this.#flushesInProgress > 0) this.#reporter?.[sliceReporter].abortRequests();
  }
}

function refusing(error: unknown): Reporter {
  // A TypeError or RangeError about a variable has no code yet, which its warning needs.
  const { code = 'ERR_THREADSTATS_ENVIRONMENT' } = error as { code?: string };
  const refuse = (): never => {
    throw Object.assign(error as Error, { code });
  };
  return { flushMetrics: refuse, flushDistributions: refuse, flushEvents: refuse };
}
