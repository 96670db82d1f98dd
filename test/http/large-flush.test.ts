// Flushes of more rows or values than one body holds.

import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { rowsOf, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { BothWays, joined, openIntake } from './support/both-ways.js';
import { reporterTo } from './support/reporter.js';

const compressions = [undefined, 'none'] as const;

describe.each(engineNames)('the engine %s', (engine) => {
  test('a distribution of many values arrives in several rows that join up', async () => {
    const sizes = [1, 16_383, 8192, 16_384, 3, 16_385, 32_768, 40_000];
    const ways = await BothWays.open(engine, { reporter: { compression: 'none' } });
    const { stats, memory } = await ways.run((stats) => {
      for (const size of sizes) {
        // Short numbers, for one body: several are sent at the same time, and so arrive in no order.
        for (let i = 0; i < size; i++) stats.distribution(`d${size}`, i, ['a:1']);
        stats.gauge(`g${size}`, size);
      }
    });
    ways.expectSame();
    expect(joined(ways.direct.distributions).map(({ metric, points }) => [metric, points])).toEqual(
      memory.distributions.map(({ metric, points }) => [metric, points]),
    );
    expect(joined(ways.direct.distributions).map(({ points }) => points[0][1].length)).toEqual(sizes);
    expect(ways.direct.distributions.length).toBeGreaterThan(sizes.length);
    const sent = ways.direct.metrics.length + ways.direct.distributions.length;
    expect(rowsOf(stats)).toEqual({ sent, pending: 0, dropped: {} });
  });

  test('distributions of more values than a body holds arrive whole in several payloads', async () => {
    const intake = await openIntake();
    const reporter = reporterTo(intake.url, { compression: 'none' });
    const { stats } = startClient(engine, { reporter });
    for (let i = 0; i < 200_000; i++) stats.distribution('d', i + 1 / 3, [`part:${i % 20}`]);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(intake.requests.length).toBeGreaterThan(1);
    expect(intake.requests.every(({ statusCode, bodyBytes }) => statusCode === 202 && bodyBytes <= 2_621_440)).toBe(true);
    for (let part = 0; part < 20; part++) {
      const values = intake.distribution('d', [`part:${part}`]).flatMap(({ points }) => points[0][1]);
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 10_000 }, (_, i) => i * 20 + part + 1 / 3));
    }
    expect(rowsOf(stats)).toEqual({ sent: intake.distributions.length, pending: 0, dropped: {} });
  });

  test.each(compressions)('50,000 counters arrive in several payloads with compression %s', async (compression) => {
    const intake = await openIntake();
    const { stats } = startClient(engine, { reporter: reporterTo(intake.url, { compression }), counterType: 'count' });
    for (let i = 0; i < 50_000; i++) stats.increment('shop.requests', i + 1, [`customer:c${i}`, 'route:/home']);
    stats.event('deployed', 'v2');
    const result = await stats.flush(Number.POSITIVE_INFINITY);

    expect(result).toEqual({ metrics: 50_000, distributions: 0, events: 1, pending: 0 });
    const payloads = intake.requests.filter(({ path }) => path === '/api/v2/series');
    expect(payloads.length).toBeGreaterThan(3);
    for (const { statusCode, bodyBytes, decompressedBytes } of payloads) {
      expect(statusCode).toBe(202);
      expect(bodyBytes).toBeLessThanOrEqual(512_000);
      expect(decompressedBytes).toBeLessThanOrEqual(5_242_880);
    }
    const values = new Map(intake.metrics.map(({ tags, points }) => [tags[0], points[0][1]]));
    expect(intake.metrics).toHaveLength(50_000);
    expect(values.size).toBe(50_000);
    expect([...values].every(([tag, value]) => tag === `customer:c${value - 1}`)).toBe(true);
    expect(rowsOf(stats)).toEqual({ sent: 50_001, pending: 0, dropped: {} });
    expect(stats.telemetry.payloads).toBe(payloads.length + 1);
    expect(stats.telemetry.bytesSent).toBe(intake.requests.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0));
  });

  test('rows that hardly shrink arrive, because bodies are cut for them', async () => {
    const intake = await openIntake();
    const { stats, errors } = startClient(engine, { reporter: reporterTo(intake.url, {}) });
    for (let i = 0; i < 4500; i++)
      stats.gauge(
        'g',
        Math.random(),
        Array.from({ length: 10 }, (_, tag) => `t${tag}:${randomUUID()}`),
      );
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(errors).toEqual([]);
    expect(intake.metrics).toHaveLength(4500);
    const largest = Math.max(...intake.requests.map(({ bodyBytes }) => bodyBytes));
    expect(largest).toBeGreaterThan(400_000);
    expect(largest).toBeLessThanOrEqual(512_000);
  });

  test('a payload that is refused, and one of whose halves is refused again, loses that half only, which is counted', async () => {
    const intake = await openIntake();
    const { stats, errors } = startClient(engine, { reporter: reporterTo(intake.url, { compression: 'none' }) });
    for (let i = 0; i < 12_000; i++) stats.gauge('g', i, [`i:x${i}`]);
    // Three payloads, and then a half.
    intake.answer({ statusCode: 400 }, { times: 4 });
    await stats.flush(Number.POSITIVE_INFINITY);
    const { sent, pending, dropped } = stats.telemetry.rows;
    expect(sent).toBe(intake.metrics.length);
    expect(sent + dropped.refused).toBe(12_000);
    expect(pending).toBe(0);
    expect(sent).toBeGreaterThan(0);
    expect(dropped.refused).toBeGreaterThan(500);
    const error = { code: 'ERR_THREADSTATS_INTAKE_BAD_REQUEST', rowsSent: sent, rowsDropped: dropped.refused };
    expect(errors).toMatchObject([error]);
  });
});
