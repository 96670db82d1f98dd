import { checkResult } from '../suite.js';
import { type EngineName, intervalFlusher, type MetricRow, type Reporter, ThreadStats } from '../threadstats.js';
import type { FlushContender } from './load.js';

/** The flush mode. In worker mode the interval is so long that only calls of `flush` flush. */
export type FlushMode = 'manual' | 'worker';

/**
 * Creates this project's client with its HTTP reporter, with the default settings or with those of the peer: the older series
 * format, uncompressed.
 */
export function createHttpContender(
  engine: EngineName,
  url: string,
  hasDefaultSettings: boolean,
  flushMode: FlushMode,
): FlushContender {
  const destination = { url, apiKey: 'bench' };
  const settings = hasDefaultSettings ? destination : ({ ...destination, apiVersion: 'v1', compression: 'none' } as const);
  return createContender(engine, settings, flushMode);
}

/** Creates this project's client with a reporter that only counts the rows, as the peer's does. */
export function createCountingContender(engine: EngineName, onRows: (rows: number) => void): FlushContender {
  return createContender(engine, {
    reporter: {
      flushMetrics: (rows: MetricRow[]) => onRows(rows.length),
      flushDistributions() {},
      flushEvents() {},
    },
  });
}

/**
 * Returns a client that flushes without slices, to measure the cost of slicing. The flusher yields to the event loop when
 * `performance.now()` says that its slice is over, so this stops that clock during a flush.
 */
export function unsliced(contender: FlushContender): FlushContender {
  return {
    ...contender,
    async flush() {
      const { now } = performance;
      performance.now = () => 0;
      try {
        return await contender.flush();
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

function createContender(engine: EngineName, destination: Destination, flushMode: FlushMode = 'manual'): FlushContender {
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
  stats.start({ flushMode, flushInterval: 3600 });
  return {
    increment: (name, value, tags) => stats.increment(name, value, tags),
    histogram: (name, value, tags) => stats.histogram(name, value, tags),
    distribution: (name, value, tags) => stats.distribution(name, value, tags),
    flush: intervalFlusher(stats),
  };
}
