// Different calls that the server takes for one series, or that it would change.

import { describe, expect, test } from 'vitest';
import { dropsOf, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a tag that is also the device belongs to the same series as no tag', async () => {
    const { stats, reporter } = startClient(engine, { device: 'sda', counterType: 'count' });
    stats.increment('x', 1);
    stats.increment('x', 2, ['device:sda']);
    stats.increment('x', 4, ['Device:SDA', 'a:1']);
    stats.increment('x', 8, ['a:1']);
    stats.createCounter('x', ['device:sda']).increment(16);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ device, tags, points }) => [device, tags, points[0][1]])).toEqual([
      ['sda', [], 19],
      ['sda', ['a:1'], 12],
    ]);
  });

  test('a tag of another device is kept', async () => {
    const { stats, reporter } = startClient(engine, {}, { device: 'sda' });
    stats.gauge('x', 1, ['device:sdb']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ device: 'sda', tags: ['device:sdb'] }]);
  });

  test.each([
    ['gauge', 'x.avg', "'x.avg' is used both by the histogram 'x' and as a gauge"],
    ['increment', 'x.count', "'x.count' is used both by the histogram 'x' and as a counter"],
    ['distribution', 'x.95percentile', "'x.95percentile' is used both by the histogram 'x' and as a distribution"],
  ] as const)('a %s with the name %s beside the histogram x is reported', async (method, name, finding) => {
    const { stats, errors } = startClient(engine);
    stats.histogram('x', 1);
    stats[method](name, 1);
    await null;
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_TWO_KINDS', message: expect.stringContaining(finding) }]);
  });

  test('a timing whose aggregate has the name of a gauge that was there first is reported', async () => {
    const { stats, errors } = startClient(engine);
    stats.gauge('x.max', 1);
    stats.timing('x', 1);
    await null;
    expect(errors).toMatchObject([{ message: expect.stringContaining("'x.max' is used both as a gauge and by the timing 'x'") }]);
  });

  test('names that only look like aggregates are not reported', async () => {
    const { stats, errors } = startClient(engine, { aggregates: ['min'], percentiles: [] });
    stats.histogram('x', 1);
    stats.gauge('x.avg', 1);
    stats.gauge('y.min', 1);
    stats.histogram('x.min', 1);
    await null;
    expect(errors).toEqual([]);
  });

  test('the first name that is cut is reported', async () => {
    const { stats, reporter, errors } = startClient(engine);
    const long = 'n'.repeat(200);
    stats.gauge(long, 1);
    await null;
    expect(errors).toEqual([]);
    stats.gauge(`${long}.a`, 1);
    stats.gauge(`${long}.b`, 2);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(errors).toMatchObject([
      {
        code: 'ERR_THREADSTATS_LONG_NAME',
        message: expect.stringMatching(/^The name 'n+…' of a gauge has more than 200 characters and is cut, because /),
      },
    ]);
    expect(reporter.metrics.map(({ metric }) => metric)).toEqual([long]);
  });

  test.each(['localhost', 'a b', 'größe', '-a', 'web-1..x'])('the host %j is reported once, and sent', async (host) => {
    const { stats, reporter, errors } = startClient(engine);
    for (let i = 0; i < 3; i++) stats.gauge('x', 1, { host });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ host }]);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_HOST' }]);
  });

  test("the client's own host is reported, too", async () => {
    const { errors } = startClient(engine, { host: 'my host' });
    await null;
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_HOST', message: expect.stringContaining("'my host'") }]);
  });

  test('the host of an event is reported, too', async () => {
    const { stats, errors } = startClient(engine);
    stats.event('title', 'text', { hostname: 'localhost' });
    await null;
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_HOST' }]);
  });

  test.each(['web-1', 'ip-10-0-0-1.eu-west-1.compute.internal', 'i-0123456789abcdef0', '10.0.0.1', 'my_host'])(
    'the host %j is not reported',
    async (host) => {
      const { stats, errors } = startClient(engine, { host });
      stats.gauge('x', 1, { host: `${host}.b` });
      await null;
      expect(errors).toEqual([]);
    },
  );

  test('a host is sent as the server keeps it', async () => {
    const { stats, reporter } = startClient(engine);
    stats.gauge('x', 1, { host: 'web\n<1>\t' });
    stats.gauge('x', 2, { host: 'web-1-' });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ host: 'web-1-', points: [[expect.any(Number), 2]] }]);
  });

  test.each(['h'.repeat(254), 'a\0b'])('a sample with a host that the intake refuses is dropped', (host) => {
    const { stats } = startClient(engine);
    stats.gauge('x', 1, { host });
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
  });

  test('a handle and a child refuse a host that the intake refuses', () => {
    const { stats } = startClient(engine);
    const host = 'h'.repeat(254);
    expect(() => stats.createCounter('x', { host })).toThrow(RangeError);
    expect(() => stats.child({ host })).toThrow(RangeError);
  });
});
