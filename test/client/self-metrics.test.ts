import { describe, expect, test } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const ALWAYS = [
  'threadstats.bytes_sent',
  'threadstats.contexts',
  'threadstats.engine_bytes',
  'threadstats.flushes',
  'threadstats.payloads',
  'threadstats.queue_bytes',
  'threadstats.retries',
  'threadstats.rows.pending',
  'threadstats.rows.sent',
  'threadstats.samples',
];

describe.each(engineNames)('on the %s engine', (engine) => {
  test('each flush reports what has changed since the one before it', async () => {
    const { stats, reporter, clock } = startClient(engine, { selfMetrics: true, counterType: 'count', namespace: 'shop' });
    for (let i = 0; i < 5; i++) stats.increment('orders');
    stats.gauge('', 1);
    stats.event('', '');
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toMatchObject({
      'shop.orders': [5],
      'threadstats.samples': [6],
      'threadstats.dropped': [1, 1],
      'threadstats.flushes': [0],
      'threadstats.rows.sent': [0],
      'threadstats.contexts': [stats.telemetry.contexts],
      'threadstats.engine_bytes': [expect.any(Number)],
    });
    expect(valuesOf(reporter)).not.toHaveProperty('threadstats.flush_milliseconds');
    const tags = reporter.metrics.filter(({ metric }) => metric === 'threadstats.dropped').map((row) => row.tags);
    expect(tags).toEqual([['reason:bad_name'], ['reason:bad_event']]);
    const { rows, flushMilliseconds } = stats.telemetry;
    reporter.clear();
    clock.seconds += 10;
    stats.increment('orders');
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toMatchObject({
      'threadstats.samples': [1],
      'threadstats.flushes': [1],
      'threadstats.flush_milliseconds': [flushMilliseconds],
      'threadstats.rows.sent': [rows.sent],
    });
    // No sample was dropped since the flush before.
    expect(valuesOf(reporter)).not.toHaveProperty('threadstats.dropped');
  });

  test('self-metrics have the constant tags and the host, but no namespace', async () => {
    const { stats, reporter } = startClient(engine, {
      selfMetrics: true,
      namespace: 'shop',
      constantTags: ['team:core'],
      host: 'web-1',
    });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric }) => metric).sort()).toEqual(ALWAYS);
    for (const { host, tags } of reporter.metrics) expect({ host, tags }).toEqual({ host: 'web-1', tags: ['team:core'] });
  });

  test('the samples of the self-metrics are not counted in threadstats.samples', async () => {
    const { stats, reporter, clock } = startClient(engine, { selfMetrics: true });
    for (let i = 1; i <= 20; i++) {
      clock.seconds = START + 10 * i;
      await stats.flush();
    }
    const values = valuesOf(reporter);
    // The self-metrics that a flush records are reported when their interval has ended.
    expect(values['threadstats.samples']).toEqual(new Array(19).fill(0));
    expect(new Set(values['threadstats.rows.sent'].slice(3))).toEqual(new Set([(ALWAYS.length + 1) / 10]));
    expect(stats.telemetry.samples).toBe(20 * (ALWAYS.length + 1) - 1);
  });

  test('self-metrics keep their contexts when the application uses up maxContexts', async () => {
    const { stats, reporter, clock } = startClient(engine, { selfMetrics: true, maxContexts: 100, counterType: 'count' });
    for (let i = 1; i <= 20; i++) {
      clock.seconds = START + 10 * i;
      for (let tag = 0; tag < 200; tag++) stats.gauge('flood', 1, [`id:${tag}`]);
      await stats.flush();
    }
    stats.gauge('', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    const { dropped } = stats.telemetry;
    const recorded = reporter.metrics.filter(({ metric }) => metric === 'threadstats.dropped');
    const sum = (tag: string) =>
      recorded.filter(({ tags }) => tags?.includes(tag)).reduce((total, { points }) => total + points[0][1], 0);
    expect(dropped.contextLimit).toBeGreaterThan(20 * 100);
    expect(sum('reason:context_limit')).toBe(dropped.contextLimit);
    expect(sum('reason:bad_name')).toBe(1);
  });

  test('if allowTagKeys removes the tag reason, drops of all reasons are added up', async () => {
    const { stats, reporter } = startClient(engine, { selfMetrics: true, counterType: 'count', allowTagKeys: [] });
    stats.gauge('', 1);
    stats.gauge('a', Number.NaN);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toMatchObject({ 'threadstats.dropped': [2] });
  });

  test('if maxContexts is too small for the self-metrics, their gauges are dropped and their counters are folded', async () => {
    const { stats, reporter } = startClient(engine, { selfMetrics: true, maxContexts: 3 });
    await stats.flush(Number.POSITIVE_INFINITY);
    const { dropped, folded } = stats.telemetry;
    expect(dropped.contextLimit).toBeGreaterThan(0);
    expect(folded).toBeGreaterThan(0);
    expect(reporter.metrics.filter(({ tags }) => tags?.includes('overflow:true')).length).toBeGreaterThan(5);
  });
});

test('there are no self-metrics by default, nor for a disabled client', async () => {
  for (const [selfMetrics, disabled] of [
    [undefined, false],
    [true, true],
  ]) {
    const { stats, reporter } = startClient('js', { selfMetrics }, { disabled });
    await stats.flush(Number.POSITIVE_INFINITY);
    await stats.stop();
    expect(reporter.metrics).toEqual([]);
  }
});

test('the intake accepts self-metrics, and stop sends the last of them', async () => {
  await using intake = await startIntake();
  const stats = new ThreadStats({ apiKey: 'key', url: intake.url, selfMetrics: true, counterType: 'count' });
  stats.start({ flushMode: 'manual' }).increment('orders', 1, { timestamp: Date.now() / 1000 - 20 });
  await stats.flush(Number.POSITIVE_INFINITY);
  const { payloads, bytesSent } = stats.telemetry;
  expect(payloads).toBe(1);
  await stats.stop();
  expect(intake.metric('threadstats.payloads').map(({ points }) => points[0][1])).toEqual([0, payloads]);
  expect(intake.metric('threadstats.bytes_sent').map(({ points }) => points[0][1])).toEqual([0, bytesSent]);
});

test('self-metrics do not keep a process from ending', async () => {
  await using intake = await startIntake();
  const ended = await runFixture('self-metrics', { env: { DD_URL: intake.url, DD_API_KEY: 'a-key' } });
  expect(ended).toMatchObject({ stderr: '', exitCode: 0 });
  expect(ended.milliseconds).toBeLessThan(8000);
  // One flush at the end sends what the flushes of the timer have left.
  expect(intake.metric('threadstats.flushes').length).toBeGreaterThan(0);
});
