import { drain, meter } from '../recording/opentelemetry.js';
import * as mixes from './mixes.js';

/** OpenTelemetry's SDK has an object for each metric, which the caller holds, and attributes as tags. */
export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const names = mixes.namesOf(mix);
  const counters = names.map((name, index) => (mixes.kindOf(index) === mixes.INCREMENT ? meter.createCounter(name) : undefined));
  const gauges = names.map((name, index) => (mixes.kindOf(index) === mixes.GAUGE ? meter.createGauge(name) : undefined));
  const histograms = names.map((name, index) =>
    mixes.kindOf(index) >= mixes.HISTOGRAM ? meter.createHistogram(name) : undefined,
  );
  return {
    record(first, count) {
      for (let i = first; i < first + count; i++) {
        const sample = order[i & mixes.ORDER_MASK];
        const name = sample >>> mixes.NAME_SHIFT;
        const attributes = mixes.buildLabels((sample >>> mixes.ROUTE_SHIFT) & mixes.ROUTE_MASK, sample & mixes.STATUS_MASK);
        switch (mixes.kindOf(name)) {
          case mixes.INCREMENT:
            counters[name]!.add(1, attributes);
            break;
          case mixes.GAUGE:
            gauges[name]!.record(mixes.valueAt(i), attributes);
            break;
          default:
            histograms[name]!.record(mixes.valueAt(i), attributes);
        }
      }
    },
    drain,
  };
}
