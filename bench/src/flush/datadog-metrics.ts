import { BufferedMetricsLogger } from '../datadog-metrics.js';
import type { Flushing } from './flushing.js';

/** datadog-metrics with a reporter that sends JSON by fetch; its own is slower, for it checks and copies every row before. */
export function httpFlushing(url: string): Flushing {
  return flushing(async (series) => {
    const response = await fetch(`${url}/api/v1/series`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dd-api-key': 'bench' },
      body: JSON.stringify({ series }),
    });
    await response.arrayBuffer();
  });
}

/** datadog-metrics with a reporter that only counts the rows. */
export function countingFlushing(onRows: (rows: number) => void): Flushing {
  return flushing(async (series) => onRows(series.length));
}

function flushing(report: (series: unknown[]) => Promise<void>): Flushing {
  const logger = new BufferedMetricsLogger({
    reporter: { report },
    flushIntervalSeconds: 0,
    // The rows that this project makes of a histogram by default.
    histogram: { aggregates: ['min', 'max', 'count', 'avg'], percentiles: [0.75, 0.85, 0.95, 0.99] },
  });
  return {
    increment: (name, value, tags) => logger.increment(name, value, tags),
    histogram: (name, value, tags) => logger.histogram(name, value, tags),
    flush: () => logger.flush(),
  };
}
