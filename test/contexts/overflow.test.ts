// Samples that find no room for a context of their own.

import { describe, expect, test } from 'vitest';
import type { MetricRow, ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Without a compiler more would take too long. */
const FLOOD = typeof WebAssembly === 'undefined' ? 100_000 : 1_000_000;

const OPTIONS = { counterType: 'count', aggregates: ['count', 'sum', 'max'], percentiles: [] } as const;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const isOverflow = ({ tags }: Pick<MetricRow, 'tags'>) => tags.includes('overflow:true');

/** Uses the default clock, which is read once a turn, because reading a clock for every sample would take too long. */
const flooded = (engine: (typeof engineNames)[number], maxContexts: number) =>
  startClient(engine, { ...OPTIONS, maxContexts, clock: undefined });

describe.each(engineNames)('on the %s engine', (engine) => {
  test('no sample of a flood of tags is lost: those that find no room are folded', async () => {
    const { stats, reporter, errors } = flooded(engine, 1000);
    let offered = 0;
    for (let i = 0; i < FLOOD; i++) {
      stats.increment('requests', i % 7, [`user:${i}`, 'route:/home']);
      offered += i % 7;
      if (i % 100 === 0) stats.distribution('sizes', i, [`user:${i}`]);
    }
    expect(stats.telemetry).toMatchObject({
      samples: FLOOD * 1.01,
      applied: FLOOD * 1.01,
      folded: FLOOD * 1.01 - 1000,
      contexts: 1000,
    });
    expect(dropsOf(stats)).toEqual({});
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(sum(valuesOf(reporter).requests)).toBe(offered);
    expect(reporter.metrics.filter(isOverflow)).toMatchObject([{ metric: 'requests', tags: ['overflow:true'], host: null }]);
    const values = reporter.distributions.flatMap(({ points }) => points[0][1]);
    expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: FLOOD / 100 }, (_, i) => i * 100));
    expect(reporter.distributions.filter(isOverflow)).toHaveLength(1);
    expect(errors).toMatchObject([
      {
        name: 'SampleError',
        code: 'ERR_THREADSTATS_SAMPLE_FOLDED',
        reason: 'folded',
        message: expect.stringMatching(
          /'requests' \(99\d\), 'sizes' \(1\d\); tag keys with most values: 'user' \(990\), 'route' \(1\)/,
        ),
      },
    ]);
  });

  test('a flood of names makes a thousand overflow contexts at most, and samples of further names are dropped', async () => {
    const { stats, reporter } = flooded(engine, 100);
    const count = FLOOD / 20;
    for (let i = 0; i < count; i++) stats.increment(`name.${i}`, 1, [`i:${i}`]);
    stats.increment('', 1);
    stats.increment('42', 1, ['new']);
    const dropped = Math.max(0, count - 1100);
    expect(dropsOf(stats)).toEqual({ badName: 2, ...(dropped > 0 && { contextLimit: dropped }) });
    expect(stats.telemetry).toMatchObject({ samples: count + 2, applied: count - dropped, contexts: 100 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toHaveLength(count - dropped);
    // A metric that has an overflow context keeps it.
    stats.increment('name.100', 5, { tags: ['newest'], timestamp: START });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.at(-1)).toMatchObject({
      metric: 'name.100',
      tags: ['overflow:true'],
      points: [[expect.anything(), 5]],
    });
  });

  test('counters, histograms, timings and distributions are folded, each kind by itself; gauges and sets are dropped', async () => {
    const { stats, reporter, errors } = startClient(engine, {
      ...OPTIONS,
      maxContexts: 1,
      host: 'web-1',
      constantTags: ['team:core'],
    });
    stats.gauge('first', 1);
    for (let i = 1; i <= 3; i++) {
      const options = { tags: [`i:${i}`, 'a'], host: `h-${i}`, timestamp: START - 100 };
      stats.increment('x', i, options);
      stats.histogram('x', i, options);
      stats.timing('x', i * 10, options);
      stats.distribution('x', i, options);
      stats.gauge('x', i, options);
      stats.set('x', i, options);
    }
    expect(stats.telemetry).toMatchObject({ samples: 19, applied: 13, folded: 12, contexts: 1 });
    expect(dropsOf(stats)).toEqual({ contextLimit: 6 });
    await stats.flush(Number.POSITIVE_INFINITY);
    const rows = reporter.metrics.filter(isOverflow);
    expect(rows.map(({ metric, points }) => [metric, points[0][1]])).toEqual([
      ['x', 6],
      ['x.count', 3],
      ['x.sum', 6],
      ['x.max', 3],
      ['x.count', 3],
      ['x.sum', 60],
      ['x.max', 30],
    ]);
    expect(reporter.distributions).toMatchObject([{ metric: 'x', points: [[START - 100, [1, 2, 3]]] }]);
    // Each process shows its host, because the last point of a series would win at the server.
    for (const { tags, host } of [...rows, ...reporter.distributions]) {
      expect({ tags, host }).toEqual({ tags: ['overflow:true', 'team:core'], host: 'web-1' });
    }
    expect(errors.map((error) => (error as { code?: string }).code).sort()).toEqual([
      'ERR_THREADSTATS_SAMPLE_CONTEXT_LIMIT',
      'ERR_THREADSTATS_SAMPLE_FOLDED',
      'ERR_THREADSTATS_TWO_KINDS',
    ]);
  });

  test('samples of children and handles are folded into the metric that they name, without their tags', async () => {
    const { stats, reporter } = startClient(engine, { ...OPTIONS, maxContexts: 1, namespace: 'shop' });
    stats.gauge('first', 1);
    const child = stats.child({ namespace: 'cart', tags: ['child'], host: 'h' });
    const handle = child.createCounter('items', ['handle']);
    for (let i = 0; i < 3; i++) {
      stats.increment('cart.items', 1);
      child.increment('items', 10, ['own']);
      stats.child({ namespace: 'cart' }).increment('items', 100);
      handle.increment(1000);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.filter(isOverflow)).toMatchObject([
      { metric: 'shop.cart.items', tags: ['overflow:true'], host: null, points: [[START, 3333]] },
    ]);
    expect(stats.telemetry.folded).toBe(12);
  });

  test('samples have contexts of their own again once others were recycled, and the overflow context is recycled too', async () => {
    const { stats, reporter, clock } = startClient(engine, { ...OPTIONS, maxContexts: 3 });
    for (let i = 0; i < 3; i++) stats.gauge('idle', i, [`i:${i}`]);
    const handle = stats.createCounter('x', ['handle']);
    const record = (stats: ThreadStats) => {
      stats.increment('x', 1, ['plain']);
      stats.increment('x', 10);
      handle.increment(100);
    };
    let offered = 0;
    for (let flush = 0; flush < 30; flush++) {
      record(stats);
      offered += 111;
      clock.seconds += 10;
      await stats.flush();
    }
    expect(sum(valuesOf(reporter).x)).toBe(offered);
    const overflow = reporter.metrics.filter(isOverflow);
    expect(overflow.length).toBeGreaterThanOrEqual(5);
    expect(overflow.length).toBeLessThanOrEqual(13);
    reporter.clear();
    record(stats);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]])).toEqual([
      ['plain', 1],
      ['', 10],
      ['handle', 100],
    ]);
    expect(stats.telemetry.contexts).toBe(3);
    // And again, with the id of a recycled context.
    for (let i = 0; i < 5; i++) stats.increment('y', 1, [`i:${i}`]);
    reporter.clear();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'y', tags: ['overflow:true'], points: [[expect.anything(), 5]] }]);
  });

  test('a series that the application tags overflow:true itself is the same series', async () => {
    const { stats, reporter } = startClient(engine, { ...OPTIONS, maxContexts: 2 });
    stats.gauge('first', 1);
    stats.increment('x', 1, ['Overflow:true']);
    stats.increment('x', 10, ['a']);
    stats.increment('x', 100, ['overflow:true']);
    // The overflow context takes no room of others any more.
    stats.increment('x', 1000, ['b']);
    expect(stats.telemetry).toMatchObject({ contexts: 2, folded: 1 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.slice(1).map(({ tags, points }) => [tags.join(), points[0][1]])).toEqual([
      ['overflow:true', 111],
      ['b', 1000],
    ]);
  });

  test('a constant tag overflow:true leaves overflow contexts without tags of their own', async () => {
    const { stats, reporter } = startClient(engine, { ...OPTIONS, maxContexts: 1, constantTags: ['overflow:true'] });
    stats.gauge('first', 1);
    stats.increment('x', 1, ['a']);
    stats.increment('x', 10);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.slice(1)).toMatchObject([{ tags: ['overflow:true'], points: [[START, 11]] }]);
  });

  test('malformed samples are dropped as such, also at the limit', () => {
    const { stats } = startClient(engine, { ...OPTIONS, maxContexts: 1 });
    stats.gauge('first', 1);
    stats.increment('x', 1, ['new', 7 as never]);
    stats.increment('x', 1, Array(1025).fill('new'));
    stats.increment('x', Number.NaN, ['new']);
    stats.increment('x', 1, { tags: ['new'], host: 7 as never });
    expect(dropsOf(stats)).toEqual({ badTags: 2, badValue: 1, badOptions: 1 });
  });

  test('a strict client throws for none of it, and onError may record', async () => {
    const { stats, reporter } = startClient(engine, {
      ...OPTIONS,
      maxContexts: 1,
      strict: true,
      onError: () => stats.increment('errors', 1, ['a']),
    });
    stats.gauge('first', 1);
    stats.increment('x', 1, ['a']);
    stats.gauge('x', 1, ['a']);
    await stats.flush(Number.POSITIVE_INFINITY);
    // One for the folded sample, one for the dropped one.
    expect(valuesOf(reporter)).toEqual({ first: [1], x: [1], errors: [2] });
  });
});
