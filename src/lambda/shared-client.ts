import { survivesBeforeExit } from '../client/start-stop-options.js';
import { ThreadStats } from '../client/thread-stats.js';
import type { Reporter } from '../flush/reporter.js';
import { sliceReporter } from '../flush/slice-reporter.js';
import { HttpReporter } from '../http/http-reporter.js';
import { onBeforeExit } from '../runtime/before-exit.js';
import { type Close, Invocations, MAX_FLUSH_SECONDS } from './invocations.js';

const START = { flushMode: 'manual', [survivesBeforeExit]: true } as const;

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

  constructor() {
    this.stats = this.#connect();
    // Up to Node.js 22, the Lambda runtime answers on 'beforeExit', and goes on. A flush that has nothing to do leaves the event
    // loop empty.
    onBeforeExit(() => {
      this.#invocations.abandon();
      return this.#flush();
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
    // A connection may have died in a freeze, so a failed request is repeated while the handler waits. In an outage, which
    // leaves payloads in the queue, it is not: handlers would wait one after the other.
    if (this.#reporter?.telemetry.queueBytes === 0) void this.#reporter.drain(MAX_FLUSH_SECONDS * 1000);
    this.#flushesInProgress++;
    await this.stats.flush(Number.POSITIVE_INFINITY);
    this.#flushesInProgress--;
  }

  /** Opens a wrapper. */
  open(context: object | undefined): Close {
    return this.#invocations.open(context);
  }

  /** Ends the requests that keep the event loop busy. */
  freeEventLoop(): void {
    this.#connecting.abort();
    if (this.#flushesInProgress > 0) this.#reporter?.[sliceReporter].abortRequests();
  }
}

function refusing(error: unknown): Reporter {
  const refuse = (): never => {
    throw error;
  };
  return { flushMetrics: refuse, flushDistributions: refuse, flushEvents: refuse };
}
