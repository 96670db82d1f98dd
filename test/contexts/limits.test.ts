import { describe, expect, test } from 'vitest';
import { dropsOf, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const MEBIBYTE = 2 ** 20;

describe.each(engineNames)('on the %s engine', (engine) => {
  test('samples of contexts beyond the limit are dropped, counted and reported once; other contexts go on', async () => {
    const { stats, reporter, errors } = startClient(engine, { maxContexts: 3 });
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 5; i++) stats.gauge('tags', round + 1, [`i:${i}`]);
      stats.gauge('name', 1);
      stats.set('name', 1, { host: 'h' });
      stats.createSet('name').add(1);
    }
    expect(stats.telemetry).toMatchObject({ samples: 16, applied: 6, contexts: 3 });
    expect(dropsOf(stats)).toEqual({ contextLimit: 10 });
    expect(errors).toMatchObject([
      {
        code: 'ERR_THREADSTATS_SAMPLE_CONTEXT_LIMIT',
        message: expect.stringMatching(
          /^Dropped a gauge sample of 'tags' \(metrics with most .*'i' \(3\)\): raise `maxContexts`/,
        ),
      },
    ]);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]])).toEqual([
      ['i:0', 2],
      ['i:1', 2],
      ['i:2', 2],
    ]);
  });

  test('a flood of names, tags and hosts stays within the limit', async () => {
    const { stats } = startClient(engine, { maxContexts: 100 });
    for (let i = 0; i < 3000; i++) {
      stats.gauge(`name.${i}`, i);
      stats.gauge('tag', i, [`tag:${i}`]);
      stats.gauge('host', i, { host: `host-${i}` });
    }
    const { samples, applied, contexts } = stats.telemetry;
    expect({ samples, applied, contexts }).toEqual({ samples: 9000, applied: 100, contexts: 100 });
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 100 });
  });

  test('contexts without samples are recycled after 6 to 12 flushes, and make room', async () => {
    const { stats, reporter, clock } = startClient(engine, { maxContexts: 40 });
    const contexts: number[] = [];
    for (let i = 0; i < 39; i++) stats.gauge('idle', i, [`i:${i}`]);
    for (let flush = 0; flush < 13; flush++) {
      stats.gauge('busy', flush);
      clock.seconds += 10;
      await stats.flush();
      contexts.push(stats.telemetry.contexts);
    }
    expect(contexts.slice(0, 6)).toEqual(Array(6).fill(40));
    expect(contexts.slice(11)).toEqual([1, 1]);
    reporter.clear();
    for (let i = 0; i < 39; i++) stats.gauge('new', i, [`i:${i}`, 'x']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ new: Array.from({ length: 39 }, (_, i) => i) });
    expect(reporter.metrics.map(({ tags }) => tags.join())).toEqual(Array.from({ length: 39 }, (_, i) => `i:${i},x`));
    expect(dropsOf(stats)).toEqual({});
  });

  test('idle contexts make room also when all new samples are beyond the limit', async () => {
    const { stats, clock } = startClient(engine, { maxContexts: 10 });
    for (let i = 0; i < 10; i++) stats.gauge('old', i, [`i:${i}`]);
    for (let flush = 0; flush < 13; flush++) {
      clock.seconds += 10;
      await stats.flush();
      stats.gauge('new', flush, [`flush:${flush}`]);
    }
    expect(stats.telemetry.contexts).toBeLessThan(10);
    stats.gauge('newest', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).not.toMatchObject({ metrics: 0 });
  });

  test('a context that holds a sample of an interval to come is not recycled', async () => {
    const { stats, reporter, clock } = startClient(engine);
    stats.gauge('early', 7, { timestamp: clock.seconds + 1000, tags: ['a'], host: 'h' });
    for (let flush = 0; flush < 20; flush++) {
      stats.gauge('busy', flush, [`flush:${flush}`]);
      clock.seconds += 10;
      await stats.flush();
    }
    reporter.clear();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'early', tags: ['a'], host: 'h', points: [[expect.anything(), 7]] }]);
  });

  test('a name of another kind is new again once its contexts are recycled', async () => {
    const { stats, reporter, clock, errors } = startClient(engine);
    stats.gauge('x', 1);
    for (let flush = 0; flush < 13; flush++) {
      stats.gauge('busy', flush);
      clock.seconds += 10;
      await stats.flush();
    }
    stats.increment('x', 10);
    reporter.clear();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ x: [1] });
    expect(errors).toEqual([]);
  });

  test('samples beyond the memory limit are dropped, counted and reported once; a flush makes room', async () => {
    const maxMemoryBytes = 4 * MEBIBYTE;
    const { stats, reporter, errors } = startClient(engine, { maxMemoryBytes, maxContexts: 1000 });
    const offered = 600_000;
    for (let i = 0; i < offered; i++) stats.distribution('d', i);
    stats.gauge('g', 1);
    const { samples, applied, dropped, engineBytes } = stats.telemetry;
    expect(dropped.memoryLimit).toBeGreaterThan(0);
    expect(applied).toBeGreaterThan(offered / 10);
    expect(samples).toBe(offered + 1);
    expect(applied + dropped.memoryLimit).toBe(samples);
    expect(engineBytes).toBeLessThanOrEqual(maxMemoryBytes);

    await stats.flush(Number.POSITIVE_INFINITY);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_SAMPLE_MEMORY_LIMIT' }]);
    const kept = reporter.distributions[0].points[0][1];
    expect(kept.length + reporter.metrics.length).toBe(applied);
    expect(kept.every((value, i) => value === i)).toBe(true);

    reporter.clear();
    for (let i = 0; i < 100_000; i++) stats.distribution('d', i);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.distributions[0].points[0][1]).toHaveLength(100_000);
    expect(stats.telemetry.dropped.memoryLimit).toBe(dropped.memoryLimit);
  });

  test('onError may record when memory is exhausted', async () => {
    const { stats } = startClient(engine, {
      maxMemoryBytes: 4 * MEBIBYTE,
      maxContexts: 1000,
      onError: () => {
        stats.increment('told');
        stats.set('telling', 'x'.repeat(50_000), { timestamp: START - 50 });
      },
    });
    for (let i = 0; i < 600_000; i++) stats.distribution('d', i);
    await stats.flush(Number.POSITIVE_INFINITY);
    const { samples, applied, dropped } = stats.telemetry;
    expect(samples).toBe(applied + dropped.memoryLimit);
    expect(samples).toBe(600_002);
    await expect(stats.flush(Number.POSITIVE_INFINITY)).resolves.toBeDefined();
  });
});
