import { checkResult } from '../suite.js';
import { type EngineName, type MetricRow, ThreadStats } from '../threadstats.js';
import type { MemoryContender } from './contender.js';

/** Returns a function that creates a client of this project. */
export function threadStatsContender(engine: EngineName): () => MemoryContender {
  return () => {
    let rows: MetricRow[] = [];
    const reporter = {
      flushMetrics(flushed: MetricRow[]) {
        rows = flushed;
      },
      flushDistributions() {},
      flushEvents() {},
    };
    const stats = new ThreadStats({ reporter, engine });
    checkResult('engine', stats.engineName, engine);
    stats.start({ flushMode: 'manual' });
    return {
      increment: (shard, customer) => stats.increment('page.views', 1, [`shard:${shard}`, `customer:${customer}`]),
      async drainContexts() {
        await stats.stop();
        return rows.length;
      },
    };
  };
}
