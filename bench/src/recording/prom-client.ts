import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import * as shapes from './shapes.js';

const { CALLS, LABELS, LABEL_SETS, VALUES } = shapes;

const registers = [new Registry()];
const labelNames = ['route', 'status'];

function createCounter(names: string[] = labelNames): Counter {
  return new Counter({ name: 'page_views', help: 'Views', labelNames: names, registers });
}

const drainOf = (metric: Counter | Gauge) => async (): Promise<number> => {
  const { values } = await metric.get();
  metric.reset();
  return values.reduce((sum, { value }) => sum + value, 0);
};

function createHistogram(): Histogram {
  return new Histogram({ name: 'db_query_microseconds', help: 'Queries', labelNames, registers, buckets: [1e3, 1e4, 1e5, 1e6] });
}

const drainOfHistogram = (histogram: Histogram) => async (): Promise<number> => {
  const { values } = await histogram.get();
  histogram.reset();
  return values.reduce((sum, { metricName, value }) => (metricName === 'db_query_microseconds_count' ? sum + value : sum), 0);
};

/** prom-client has an object for each metric, and labels as tags. It is scraped; its histograms have buckets, not percentiles. */
export const cases: shapes.Cases = {
  increment() {
    const counter = createCounter([]);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.inc();
    };
    return { run, drain: drainOf(counter) };
  },

  incrementSameTags() {
    const counter = createCounter();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.inc(LABELS, 1);
    };
    return { run, drain: drainOf(counter) };
  },

  incrementFreshTags() {
    const counter = createCounter(['region', 'shard']);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.inc({ region: shapes.REGION, shard: `s${i % shapes.SHARDS}` }, 1);
    };
    return { run, drain: drainOf(counter) };
  },

  incrementTagSets() {
    const counter = createCounter();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.inc(LABEL_SETS[shapes.ORDER_OF_SETS[i % 1024]], 1);
    };
    return { run, drain: drainOf(counter) };
  },

  gauge() {
    const gauge = new Gauge({ name: 'queue_length', help: 'Length', labelNames, registers });
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) gauge.set(LABELS, VALUES[i % 1024]);
    };
    return { run, drain: drainOf(gauge) };
  },

  histogram() {
    const histogram = createHistogram();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) histogram.observe(LABELS, VALUES[i % 1024]);
    };
    return { run, drain: drainOfHistogram(histogram) };
  },

  recordTags() {
    const counter = createCounter();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.inc({ route: '/home', status: '200' }, 1);
    };
    return { run, drain: drainOf(counter) };
  },

  turn() {
    const counter = createCounter([]);
    return { run: () => shapes.inTurns(() => counter.inc()), drain: drainOf(counter) };
  },

  counterHandle() {
    const counter = createCounter();
    const child = counter.labels(LABELS);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) child.inc();
    };
    return { run, drain: drainOf(counter) };
  },

  histogramHandle() {
    const histogram = createHistogram();
    const child = histogram.labels(LABELS);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) child.observe(VALUES[i % 1024]);
    };
    return { run, drain: drainOfHistogram(histogram) };
  },

  histogramHandles() {
    const histogram = createHistogram();
    const children = Array.from({ length: shapes.HANDLES }, (_, index) =>
      histogram.labels({ route: `r${index}`, status: '200' }),
    );
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) children[i % shapes.HANDLES].observe(VALUES[i % 1024]);
    };
    return { run, drain: drainOfHistogram(histogram) };
  },
};
