import { survivesBeforeExit } from '../client/start-stop-options.js';
import { ThreadStats } from '../client/thread-stats.js';
import type { Reporter } from '../flush/reporter.js';
import { sliceReporter } from '../flush/slice-reporter.js';
import { HttpReporter } from '../http/http-reporter.js';
import { onBeforeExit } from '../runtime/before-exit.js';
import { type Close, Invocations, MAX_FLUSH_SECONDS } from './invocations.js';

const START = { flushMode: 'manual', [survivesBeforeExit]: true } as const;

/** The client of all wrappers and metrics of this process. It comes to life whatever the environment holds. */
export class SharedClient {
  readonly stats: ThreadStats;
  /** Undefined when it cannot be made. */
  #reporter: HttpReporter | undefined;
  readonly #invocations = new Invocations(() => this.#flush());
  readonly #warming = new AbortController();
  #flushesUnderWay = 0;

  constructor() {
    this.stats = this.#connect();
    // Until Node.js 22 the runtime answers then, and goes on. A flush of nothing leaves the event loop empty.
    onBeforeExit(() => {
      this.#invocations.abandon();
      return this.#flush();
    });
  }

  #connect(): ThreadStats {
    try {
      // A request that outlives the wait for it would be frozen with the process.
      const reporter = new HttpReporter({ timeout: MAX_FLUSH_SECONDS });
      const stats = new ThreadStats({ reporter }).start(START);
      void reporter[sliceReporter].openConnection(this.#warming.signal);
      this.#reporter = reporter;
      return stats;
    } catch (error) {
      // No key, or a bad variable: each flush reports it, its rows count as dropped, and handlers know nothing of it.
      return new ThreadStats({ engine: 'auto', reporter: refusing(error) }).start(START);
    }
  }

  async #flush(): Promise<void> {
    // What fails is tried again while it is waited for, as a connection may have died in a freeze. But in an outage, which
    // leaves payloads behind, handlers must not wait for that one after the other.
    if (this.#reporter?.telemetry.queueBytes === 0) void this.#reporter.drain(MAX_FLUSH_SECONDS * 1000);
    this.#flushesUnderWay++;
    await this.stats.flush(Number.POSITIVE_INFINITY);
    this.#flushesUnderWay--;
  }

  open(context: object | undefined): Close {
    return this.#invocations.open(context);
  }

  freeEventLoop(): void {
    this.#warming.abort();
    if (this.#flushesUnderWay > 0) this.#reporter?.[sliceReporter].abortRequests();
  }
}

function refusing(error: unknown): Reporter {
  const refuse = (): never => {
    throw error;
  };
  return { flushMetrics: refuse, flushDistributions: refuse, flushEvents: refuse };
}
