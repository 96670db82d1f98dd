import { ThreadStats } from '../client.js';
import { onBeforeExit } from '../exit.js';
import { HttpReporter } from '../reporters/http.js';
import { warmUp } from '../reporters/report.js';
import type { Reporter } from '../reporters/reporter.js';
import { type Close, Invocations, MAX_FLUSH_SECONDS } from './invocations.js';

/** The client of all wrappers and metrics of this process. It comes to life whatever the environment holds. */
export class SharedClient {
  readonly stats: ThreadStats;
  readonly #invocations = new Invocations(() => this.stats.flush(Number.POSITIVE_INFINITY));
  readonly #warming = new AbortController();

  constructor() {
    this.stats = this.#connect();
    onBeforeExit(() => this.#invocations.abandon());
  }

  #connect(): ThreadStats {
    try {
      // A request that outlives the wait for it would be frozen with the process.
      const reporter = new HttpReporter({ timeout: MAX_FLUSH_SECONDS });
      const stats = new ThreadStats({ reporter }).start({ flushMode: 'manual' });
      void reporter[warmUp](this.#warming.signal);
      return stats;
    } catch (error) {
      // No key, or a bad variable: each flush reports it, its rows count as dropped, and handlers know nothing of it.
      return new ThreadStats({ engine: 'auto', reporter: refusing(error) }).start({ flushMode: 'manual' });
    }
  }

  open(context: object | undefined): Close {
    return this.#invocations.open(context);
  }

  freeEventLoop(): void {
    this.#warming.abort();
  }
}

function refusing(error: unknown): Reporter {
  const refuse = (): never => {
    throw error;
  };
  return { flushMetrics: refuse, flushDistributions: refuse, flushEvents: refuse };
}
