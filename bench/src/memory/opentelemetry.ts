import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import type { MemoryContender } from './contender.js';

/** Collects on request, and only what was recorded since the last time. It raises the default limit of 2000 attribute sets. */
class ManualReader extends MetricReader {
  constructor() {
    super({ aggregationTemporalitySelector: () => AggregationTemporality.DELTA, cardinalitySelector: () => 1_000_000 });
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** Creates a counter of OpenTelemetry. */
export function createContender(): MemoryContender {
  const reader = new ManualReader();
  const counter = new MeterProvider({ readers: [reader] }).getMeter('bench').createCounter('page.views');
  return {
    increment: (shard, customer) => counter.add(1, { shard, customer }),
    async drainContexts() {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics[0].metrics[0].dataPoints.length;
    },
  };
}
