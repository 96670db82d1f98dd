import { expect, test } from 'vitest';
import { startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const [engine] = engineNames;

test('a context counts as many series as its kind has rows, and a distribution five', async () => {
  const { stats, clock } = startClient(engine, { aggregates: ['count', 'max', 'median'], percentiles: [0.9, 0.99] });
  expect(stats.telemetry.billableSeries).toEqual({ total: 0, metrics: [] });
  for (let i = 0; i < 4; i++) stats.increment('counted', 1, [`i:${i}`]);
  stats.gauge('gauged', 1, { host: 'a' });
  stats.gauge('gauged', 1, { host: 'b' });
  stats.set('members', 1);
  stats.histogram('timed', 1);
  stats.createTiming('timed', ['a']).record(1);
  stats.timing('timed', 1, ['b']);
  stats.distribution('sizes', 1);
  const { billableSeries } = stats.telemetry;
  expect(billableSeries).toEqual({
    total: 4 + 2 + 1 + 5 + 10 + 5,
    metrics: [
      { metric: 'timed', kind: 'timing', contexts: 2, series: 10 },
      { metric: 'timed', kind: 'histogram', contexts: 1, series: 5 },
      { metric: 'sizes', kind: 'distribution', contexts: 1, series: 5 },
      { metric: 'counted', kind: 'counter', contexts: 4, series: 4 },
      { metric: 'gauged', kind: 'gauge', contexts: 2, series: 2 },
      { metric: 'members', kind: 'set', contexts: 1, series: 1 },
    ],
  });
  // Telemetry is a snapshot, which stays as it is while idle contexts are recycled.
  for (let flush = 0; flush < 14; flush++) {
    stats.gauge('gauged', 1, { host: 'a' });
    clock.seconds += 10;
    await stats.flush();
  }
  expect(billableSeries.total).toBe(27);
  expect(stats.telemetry.billableSeries).toEqual({
    total: 1,
    metrics: [{ metric: 'gauged', kind: 'gauge', contexts: 1, series: 1 }],
  });
});

test('the twenty metrics with most series are listed, and the total counts all', () => {
  const { stats } = startClient(engine);
  for (let i = 0; i < 100; i++) {
    for (let tag = 0; tag <= (i * 37) % 100; tag++) stats.gauge(`name.${i}`, 1, [`tag:${tag}`]);
  }
  const { total, metrics } = stats.telemetry.billableSeries;
  expect(total).toBe((100 * 101) / 2);
  expect(metrics.map(({ series }) => series)).toEqual(Array.from({ length: 20 }, (_, i) => 100 - i));
});

test('overflow contexts are billed like others', () => {
  const { stats } = startClient(engine, { maxContexts: 2 });
  for (let i = 0; i < 10; i++) stats.distribution('d', i, [`i:${i}`]);
  const { contexts, billableSeries } = stats.telemetry;
  expect(contexts).toBe(2);
  expect(billableSeries).toMatchObject({ total: 15, metrics: [{ contexts: 3, series: 15 }] });
});

test('the message about too many contexts names metrics and tag keys by a sample of the contexts', async () => {
  const { stats, errors } = startClient(engine, { maxContexts: 40_000, clock: undefined });
  for (let i = 0; i < 40_001; i++)
    stats.increment(`name.${i % 7}`, 1, [`user:${i}`, `route:${i % 10}`, 'beta', `shard:${i % 100}`]);
  await null;
  expect(errors).toHaveLength(1);
  expect(errors[0].message).toMatch(
    /\(metrics with most contexts: 'name.\d' \(571\d\), 'name.\d' \(571\d\), 'name.\d' \(571\d\); tag keys with most values: 'user' \(at least 1\d{4}\), 'shard' \(at least 100\), 'route' \(at least 10\)\)/,
  );
});
