import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import * as shapes from './shapes.js';

const { CALLS, LABELS, LABEL_SETS, VALUES } = shapes;

/** Collects on request, and only what was recorded since the last time. */
class ManualReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

const reader = new ManualReader();
export const meter = new MeterProvider({ readers: [reader] }).getMeter('bench');

/** Collects the values since the last call, and adds them up. */
export async function drain(): Promise<number> {
  const { resourceMetrics } = await reader.collect();
  let sum = 0;
  for (const { metrics } of resourceMetrics.scopeMetrics) {
    for (const { dataPoints } of metrics) {
      for (const { value } of dataPoints) sum += typeof value === 'number' ? value : value.count;
    }
  }
  return sum;
}

/** OpenTelemetry's SDK has an object for each metric, and attributes as tags. Its histograms have buckets, not percentiles. */
export const cases: shapes.Cases = {
  increment() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.add(1);
    };
    return { run, drain };
  },

  incrementSameTags() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.add(1, LABELS);
    };
    return { run, drain };
  },

  incrementFreshTags() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.add(1, { region: shapes.REGION, shard: `s${i % shapes.SHARDS}` });
    };
    return { run, drain };
  },

  incrementTagSets() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.add(1, LABEL_SETS[shapes.ORDER_OF_SETS[i % 1024]]);
    };
    return { run, drain };
  },

  gauge() {
    const gauge = meter.createGauge(shapes.GAUGE_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) gauge.record(VALUES[i % 1024], LABELS);
    };
    return { run, drain };
  },

  histogram() {
    const histogram = meter.createHistogram(shapes.HISTOGRAM_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) histogram.record(VALUES[i % 1024], LABELS);
    };
    return { run, drain };
  },

  recordTags() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) counter.add(1, { route: '/home', status: '200' });
    };
    return { run, drain };
  },

  turn() {
    const counter = meter.createCounter(shapes.COUNTER_NAME);
    return { run: () => shapes.inTurns(() => counter.add(1)), drain };
  },
};
