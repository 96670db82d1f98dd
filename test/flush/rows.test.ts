import { describe, expect, test } from 'vitest';
import type { ThreadStatsOptions } from '../../src/index.js';
import type { Aggregate } from '../../src/options/aggregates.js';
import { startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Returns the values by name, and the rows, of a histogram with these samples in one interval of ten seconds. */
async function flushSamples(engine: (typeof engineNames)[number], options: ThreadStatsOptions, samples: readonly number[]) {
  const { stats, reporter } = startClient(engine, options);
  for (const sample of samples) stats.histogram('h', sample);
  await stats.flush(Number.POSITIVE_INFINITY);
  return { values: valuesOf(reporter), rows: reporter.metrics };
}

const ONE_TO_TEN = [3, 1, 4, 10, 5, 9, 2, 6, 8, 7];

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each<[Aggregate[], Record<string, number[]>]>([
    [[], {}],
    [['min'], { 'h.min': [1] }],
    [['sum', 'median'], { 'h.sum': [55], 'h.median': [5] }],
    [['count', 'avg', 'max'], { 'h.count': [1], 'h.avg': [5.5], 'h.max': [10] }],
  ])('the aggregates %j are reported, and no others', async (aggregates, expected) => {
    const { values, rows } = await flushSamples(engine, { aggregates, percentiles: [] }, ONE_TO_TEN);
    expect(values).toEqual(expected);
    for (const { metric, type } of rows) expect(type).toBe(metric === 'h.count' ? 'rate' : 'gauge');
  });

  test('the median of an odd number of samples is the one in the middle, and of an even number the lower one', async () => {
    const { stats, reporter, clock } = startClient(engine, { aggregates: ['median'], percentiles: [] });
    const expected: number[] = [];
    for (let count = 1; count <= 1000; count++) {
      for (let i = 0; i < count; i++) stats.histogram('h', count - 1 - i);
      expected.push(Math.floor((count - 1) / 2));
      clock.seconds += 10;
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    const sorted = reporter.metrics.toSorted((a, b) => a.points[0][0] - b.points[0][0]);
    expect(sorted.map(({ points }) => points[0][1])).toEqual(expected);
  });

  test('each percentile has a name of its own', async () => {
    const percentiles = [0.999, 0.99, 0.29, 0.5, 0, 1, 0.001];
    const { values } = await flushSamples(engine, { aggregates: ['median'], percentiles }, ONE_TO_TEN);
    expect(values).toEqual({
      'h.0percentile': [1],
      'h.0_1percentile': [1],
      'h.29percentile': [3],
      'h.50percentile': [5],
      'h.median': [5],
      'h.99percentile': [10],
      'h.99_9percentile': [10],
      'h.100percentile': [10],
    });
  });

  test('with counterType count, counters are reported as sums', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count', aggregates: ['count'], percentiles: [] });
    stats.increment('c', 25);
    for (let i = 0; i < 25; i++) stats.timing('t', i);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([
      { metric: 'c', type: 'count', points: [[expect.anything(), 25]], interval: 10 },
      { metric: 't.count', type: 'count', points: [[expect.anything(), 25]], interval: 10 },
    ]);
  });

  test('with more samples than are kept, all aggregates but the percentiles are exact', async () => {
    const samples = Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 30_000);
    const { values } = await flushSamples(
      engine,
      { aggregates: ['min', 'max', 'count', 'avg', 'sum'], percentiles: [0.5] },
      samples,
    );
    expect(values).toMatchObject({
      'h.min': [0],
      'h.max': [29_999],
      'h.count': [3000],
      'h.avg': [14_999.5],
      'h.sum': [449_985_000],
    });
    // The median of 1000 random samples: within 5 standard deviations of 30,000 / (2 * sqrt(1000)).
    expect(Math.abs(values['h.50percentile'][0] - 15_000)).toBeLessThan(5 * 475);
  });

  test('the same seed leads to the same percentiles', async () => {
    const samples = Array.from({ length: 5000 }, (_, i) => (i * 7919) % 5003);
    const reports = await Promise.all([1, 1, 2].map(async (seed) => (await flushSamples(engine, { seed }, samples)).values));
    expect(reports[0]).toEqual(reports[1]);
    expect(reports[0]).not.toEqual(reports[2]);
  });

  test('an average or rate that underflows is 0, not -0', async () => {
    const { values } = await flushSamples(engine, { aggregates: ['avg'], percentiles: [] }, [-5e-324, 0]);
    expect(values).toEqual({ 'h.avg': [0] });
    const { stats, reporter } = startClient(engine);
    stats.decrement('c', 5e-324);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ c: [0] });
  });

  test('a sum that overflows is reported as Infinity', async () => {
    const { values } = await flushSamples(engine, { aggregates: ['sum', 'max'], percentiles: [] }, [1e308, 1e308, 1e308]);
    expect(values).toEqual({ 'h.sum': [Number.POSITIVE_INFINITY], 'h.max': [1e308] });
  });
});
