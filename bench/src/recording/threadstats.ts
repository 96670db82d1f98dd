import { checkResult } from '../suite.js';
import { type EngineName, intervalFlusher, type MetricRow, ThreadStats } from '../threadstats.js';
import { clientCases, histogramCases, type Opened, setCases } from './clients.js';
import { CALLS, type Cases, COUNTER_NAME, HANDLES, HISTOGRAM_NAME, sumOfRows, TAGS, VALUES } from './shapes.js';

/** Reports every problem except that the process ends before the samples are flushed, which is normal here. */
function onError(error: Error & { code?: string }): void {
  if (error.code !== 'ERR_THREADSTATS_EXIT') throw error;
}

export function openThreadStats(engine: EngineName, maxContexts = 100_000): Opened<ThreadStats> {
  let rows: MetricRow[] = [];
  const reporter = {
    flushMetrics(flushed: MetricRow[]) {
      rows = flushed;
    },
    flushDistributions() {},
    flushEvents() {},
  };
  const client = new ThreadStats({ reporter, engine, counterType: 'count', maxContexts, maxMemoryBytes: 2 ** 30, onError });
  checkResult('engine', client.engineName, engine);
  client.start({ flushMode: 'manual' });
  const flush = intervalFlusher(client);
  const drain = async (): Promise<number> => {
    await flush();
    const sum = sumOfRows(rows);
    // The next calls are not timed beside rows that V8 has to keep.
    rows = [];
    return sum;
  };
  return { client, drain };
}

/** The cases of this project. */
export function threadStatsCases(engine: EngineName): Cases {
  const open = (maxContexts?: number): Opened<ThreadStats> => openThreadStats(engine, maxContexts);

  return {
    ...clientCases(open),
    ...histogramCases(open),
    ...setCases(open),

    recordTags() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME, 1, { tags: { route: '/home', status: '200' } });
      };
      return { run, drain };
    },

    counterHandle() {
      const { client, drain } = open();
      const counter = client.createCounter(COUNTER_NAME, TAGS);
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) counter.increment();
      };
      return { run, drain };
    },

    histogramHandle() {
      const { client, drain } = open();
      const histogram = client.createHistogram(HISTOGRAM_NAME, TAGS);
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) histogram.record(VALUES[i % 1024]);
      };
      return { run, drain };
    },

    histogramHandleOfMany() {
      useHandles(open().client);
      const { client, drain } = open();
      const histogram = client.createHistogram(HISTOGRAM_NAME, TAGS);
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) histogram.record(VALUES[i % 1024]);
      };
      return { run, drain };
    },

    histogramHandles() {
      const { client, drain } = open();
      const histograms = Array.from({ length: HANDLES }, (_, index) =>
        client.createHistogram(HISTOGRAM_NAME, [`shard:${index}`]),
      );
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) histograms[i % HANDLES].record(VALUES[i % 1024]);
      };
      return { run, drain };
    },
  };
}

/** Uses handles of all kinds, as an application does, because V8 optimises their common code for all of them. */
function useHandles(client: ThreadStats): void {
  const counter = client.createCounter('counter');
  const gauge = client.createGauge('gauge');
  const set = client.createSet('set');
  const histogram = client.createHistogram('histogram');
  const timing = client.createTiming('timing');
  const distribution = client.createDistribution('distribution');
  for (let i = 0; i < CALLS; i++) {
    counter.increment();
    gauge.set(i);
    set.add(i % 8);
    histogram.record(i);
    timing.record(i);
    distribution.record(i);
  }
}
