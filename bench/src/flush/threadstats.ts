import { checkResult } from '../suite.js';
import { type EngineName, type MetricRow, type Reporter, ThreadStats } from '../threadstats.js';
import type { Flushing } from './flushing.js';

/** Who flushes; in worker mode the timer never comes to it. */
export type FlushMode = 'manual' | 'worker';

/** This project with its HTTP reporter: as it comes, or sending what the peer sends, which is the older format uncompressed. */
export function httpFlushing(engine: EngineName, url: string, isAsItComes: boolean, flushMode: FlushMode): Flushing {
  const destination = { url, apiKey: 'bench' };
  return flushing(engine, isAsItComes ? destination : { ...destination, apiVersion: 'v1', compression: 'none' }, flushMode);
}

/** This project with a reporter that only counts the rows, like that of the peers. */
export function countingFlushing(engine: EngineName, onRows: (rows: number) => void): Flushing {
  return flushing(engine, {
    reporter: {
      flushMetrics: (rows: MetricRow[]) => onRows(rows.length),
      flushDistributions() {},
      flushEvents() {},
    },
  });
}

/**
 * The same in one stretch, to see what slicing costs: the flusher asks this clock whether it is time to let the event loop do other
 * work.
 */
export function unsliced(flushing: Flushing): Flushing {
  return {
    ...flushing,
    async flush() {
      const { now } = performance;
      performance.now = () => 0;
      try {
        return await flushing.flush();
      } finally {
        performance.now = now;
      }
    },
  };
}

interface Destination {
  reporter?: Reporter;
  url?: string;
  apiKey?: string;
  apiVersion?: 'v1';
  compression?: 'none';
}

function flushing(engine: EngineName, destination: Destination, flushMode: FlushMode = 'manual'): Flushing {
  const stats = new ThreadStats({
    engine,
    maxContexts: 200_000,
    maxMemoryBytes: 2 ** 30,
    onError(error) {
      throw error;
    },
    ...destination,
  });
  checkResult('engine', stats.engineName, engine);
  stats.start({ flushMode, flushInterval: 86_400 });
  return {
    increment: (name, value, tags) => stats.increment(name, value, tags),
    histogram: (name, value, tags) => stats.histogram(name, value, tags),
    flush: () => stats.flush(Number.POSITIVE_INFINITY),
  };
}
