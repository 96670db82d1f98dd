import { expect, test } from 'vitest';
import type { DistributionRow, MetricRow } from '../../src/index.js';
import { START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

test.each(engineNames)('a reporter may change a row without changing any other row (%s)', async (engine) => {
  const rows: (MetricRow | DistributionRow)[] = [];
  const take = (taken: (MetricRow | DistributionRow)[]): void => void rows.push(...taken);
  const reporter = { flushMetrics: take, flushDistributions: take, flushEvents: () => {} };
  const { stats, clock } = startClient(engine, { reporter, constantTags: ['env:test'] });
  for (let flush = 0; flush < 2; flush++) {
    for (const [tag, value] of [
      ['a:1', 1],
      ['a:2', 2],
    ] as const) {
      stats.histogram('latency', value, [tag]);
      stats.timing('latency', value, [tag]);
      stats.increment('latency', value, [tag]);
      stats.distribution('latency', value, [tag]);
      // The same context with its tags in another order.
      stats.gauge('depth', value, { timestamp: START + 10 * value, tags: ['b', tag] });
      stats.gauge('depth', value, { timestamp: START + 10 * value + 10, tags: [tag, 'b'] });
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    clock.seconds += 100;
  }
  const before = structuredClone(rows);
  expect(rows.map(({ tags }) => tags.at(-1))).toEqual(rows.map(() => 'env:test'));
  for (const [i, row] of rows.entries()) {
    row.tags.push('mine');
    row.points[0][0] = -i;
    if (Array.isArray(row.points[0][1])) row.points[0][1].push(-i);
    else row.points[0][1] = -i;
    expect(rows.slice(i + 1)).toEqual(before.slice(i + 1));
  }
});
