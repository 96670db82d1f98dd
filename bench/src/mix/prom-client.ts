import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import * as mixes from './mixes.js';

const LABEL_NAMES = ['route', 'status', 'region'] as const;
const BUCKETS = [1e3, 1e4, 1e5, 1e6];

/** prom-client has an object for each metric, which the caller holds, and labels as tags. Its histograms have buckets. */
export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const registry = new Registry();
  const configurations = mixes.namesOf(mix).map((name) => {
    return { name: name.replaceAll(/[^a-z0-9]/g, '_'), help: name, labelNames: LABEL_NAMES, registers: [registry] };
  });
  const ofKind = <Metric>(isOfKind: (kind: number) => boolean, create: (index: number) => Metric): (Metric | undefined)[] =>
    configurations.map((_, index) => (isOfKind(mixes.kindOf(index)) ? create(index) : undefined));
  const counters = ofKind(
    (kind) => kind === mixes.INCREMENT,
    (index) => new Counter(configurations[index]),
  );
  const gauges = ofKind(
    (kind) => kind === mixes.GAUGE,
    (index) => new Gauge(configurations[index]),
  );
  const histograms = ofKind(
    (kind) => kind >= mixes.HISTOGRAM,
    (index) => new Histogram({ ...configurations[index], buckets: BUCKETS }),
  );

  return {
    record(first, count) {
      for (let i = first; i < first + count; i++) {
        const sample = order[i & mixes.ORDER_MASK];
        const name = sample >>> mixes.NAME_SHIFT;
        const labels = mixes.buildLabels((sample >>> mixes.ROUTE_SHIFT) & mixes.ROUTE_MASK, sample & mixes.STATUS_MASK);
        switch (mixes.kindOf(name)) {
          case mixes.INCREMENT:
            counters[name]!.inc(labels, 1);
            break;
          case mixes.GAUGE:
            gauges[name]!.set(labels, mixes.valueAt(i));
            break;
          default:
            histograms[name]!.observe(labels, mixes.valueAt(i));
        }
      }
    },
    async drain() {
      let sum = 0;
      for (const metric of [...counters, ...gauges, ...histograms]) {
        if (metric === undefined) continue;
        const { values } = await metric.get();
        for (const { value, ...row } of values) {
          const isCount = 'metricName' in row && String(row.metricName).endsWith('_count');
          if (isCount || !(metric instanceof Histogram)) sum += value;
        }
        metric.reset();
      }
      return sum;
    },
  };
}
