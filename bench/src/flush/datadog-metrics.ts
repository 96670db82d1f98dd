import { BufferedMetricsLogger } from '../datadog-metrics.js';
import type { FlushContender } from './load.js';

/** Creates datadog-metrics with a reporter that sends by fetch. Its own is slower, because it checks and copies every row. */
export function createHttpContender(url: string): FlushContender {
  return createContender(async (series) => {
    const response = await fetch(`${url}/api/v1/series`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dd-api-key': 'bench' },
      body: JSON.stringify({ series }),
    });
    await response.arrayBuffer();
  });
}

/** Creates datadog-metrics with a reporter that only counts the rows. */
export function createCountingContender(onRows: (rows: number) => void): FlushContender {
  return createContender(async (series) => onRows(series.length));
}

function createContender(report: (series: unknown[]) => Promise<void>): FlushContender {
  const logger = new BufferedMetricsLogger({
    reporter: { report },
    flushIntervalSeconds: 0,
    // These are this project's default rows of a histogram.
    histogram: { aggregates: ['min', 'max', 'count', 'avg'], percentiles: [0.75, 0.85, 0.95, 0.99] },
  });
  return {
    increment: (name, value, tags) => logger.increment(name, value, tags),
    histogram: (name, value, tags) => logger.histogram(name, value, tags),
    flush: () => logger.flush(),
  };
}
