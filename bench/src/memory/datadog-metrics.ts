import { BufferedMetricsLogger } from '../datadog-metrics.js';
import type { MemoryContender } from './contender.js';

/** Creates a client of datadog-metrics. */
export function createContender(): MemoryContender {
  let rows: unknown[] = [];
  const reporter = {
    async report(flushed: unknown[]) {
      rows = flushed;
    },
  };
  const logger = new BufferedMetricsLogger({ reporter, flushIntervalSeconds: 0 });
  return {
    increment: (shard, customer) => logger.increment('page.views', 1, [`shard:${shard}`, `customer:${customer}`]),
    async drainContexts() {
      await logger.flush();
      return rows.length;
    },
  };
}
