import { checkResult } from '../suite.js';
import { type EngineName, type MetricRow, ThreadStats } from '../threadstats.js';
import type { Holding } from './holding.js';

/** Makes a client of this project. */
export function threadStatsHolding(engine: EngineName): () => Holding {
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
      async contexts() {
        await stats.stop();
        return rows.length;
      },
    };
  };
}
