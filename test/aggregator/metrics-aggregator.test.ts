import { describe, expect, test } from 'vitest';
import { MetricsAggregator } from '../../src/aggregator/metrics-aggregator.js';
import { TimestampWindow } from '../../src/aggregator/timestamp-window.js';
import { SampleDrops } from '../../src/diagnostics/sample-drops.js';
import { GAUGE } from '../../src/model/kinds.js';
import { makeResolverWithScope } from '../contexts/support/resolver.js';
import { engineNames, makeEngine } from '../support/engines.js';

const MAX_CONTEXTS = 30_000;

describe.each(engineNames)('on the %s engine', (name) => {
  test('idle contexts are recycled a few thousand at a time, and all of them within twelve flushes', () => {
    const { resolver, scope } = makeResolverWithScope({ maxContexts: MAX_CONTEXTS });
    const drops = new SampleDrops(true, () => {});
    let now = 0;
    const engine = makeEngine(name, { contextCapacity: MAX_CONTEXTS + 1 });
    const clock = { nowMilliseconds: () => now, isReadPerTurn: false };
    const metrics = new MetricsAggregator(engine, resolver, drops, new TimestampWindow(() => {}), clock);
    const { contexts } = resolver;
    metrics.start(10, false);
    for (let i = 1; i < MAX_CONTEXTS; i++) metrics.record(scope, GAUGE, 'idle', i, [`tag:${i}`]);
    let mostRecycled = 0;
    for (let flush = 0; flush < 13; flush++) {
      now += 10_000;
      metrics.record(scope, GAUGE, 'busy', flush);
      const snapshot = metrics.takeSnapshot(Number.POSITIVE_INFINITY);
      for (let slice = snapshot.read(8192); slice !== undefined; slice = snapshot.read(8192)) {
        contexts.markUsed(slice.codes, slice.length, resolver.flushIndex);
      }
      for (let hasMore = true; hasMore; ) {
        const before = contexts.size;
        hasMore = metrics.recycleIdle();
        mostRecycled = Math.max(mostRecycled, before - contexts.size);
      }
      if (flush < 6) expect(contexts.size).toBe(MAX_CONTEXTS);
    }
    expect(contexts.size).toBe(1);
    expect(mostRecycled).toBeGreaterThan(0);
    expect(mostRecycled).toBeLessThanOrEqual(4096);
  });
});
