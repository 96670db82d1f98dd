import { describe, expect, test } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { engineNames } from '../engines.js';
import { dropsOf, START, startClient, valuesOf } from './support.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test('two spellings that the server folds are one series', async () => {
    const { stats, reporter } = startClient(engine, { namespace: 'shop' });
    stats.increment('page views', 10, ['Route:/Home']);
    stats.increment('page_views', 10, ['route:/home']);
    stats.increment('page--views', 10, { tags: { ROUTE: '/home' } });
    stats.createCounter('page!views', ['route:/home:']).increment(10);
    stats.child({ tags: ['ROUTE:/HOME'] }).increment('page*views', 10);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'shop.page_views', points: [[START, 5]], tags: ['route:/home'] }]);
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('names keep their case, tags do not', async () => {
    const { stats, reporter } = startClient(engine);
    stats.gauge('CamelCase', 1, ['CamelCase:Yes']);
    stats.gauge('camelcase', 2);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'CamelCase', tags: ['camelcase:yes'] }, { metric: 'camelcase' }]);
  });

  test('a tag in which nothing is left is left out', async () => {
    const { stats, reporter } = startClient(engine);
    stats.increment('x', 10, ['42', 'a', '', '!?']);
    stats.increment('x', 10, ['a']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 2]], tags: ['a'] }]);
  });

  test('spelling is left alone when the option says so', async () => {
    const { stats, reporter } = startClient(engine, { normalize: false, constantTags: ['Team:Core'] });
    stats.gauge('page views', 1, ['Route:/Home', 'route:/home', '42', '__proto__']);
    stats.gauge('42', 2);
    stats.gauge('__proto__', 3, { tags: { constructor: 1 } });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags }) => [metric, ...tags])).toEqual([
      ['page views', 'Route:/Home', 'route:/home', '42', '__proto__', 'Team:Core'],
      ['42', 'Team:Core'],
      ['__proto__', 'constructor:1', 'Team:Core'],
    ]);
  });

  test('names that JavaScript knows are names like others', async () => {
    const { stats, reporter } = startClient(engine);
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__', 'valueOf']) {
      stats.increment(name, 10, [name]);
      stats.increment(name, 10, { tags: [name] });
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ constructor: [2], toString: [2], hasOwnProperty: [2], proto: [2], valueOf: [2] });
  });

  test.each([
    ['number', 7],
    ['nothing', undefined],
    ['null', null],
    ['empty string', ''],
    ['string without a letter', '42!'],
    ['object', { toString: () => 'name' }],
    ['String object', new String('name')],
    ['symbol', Symbol('name')],
  ])('a name that is a %s drops the sample', (_, name) => {
    const { stats, errors } = startClient(engine);
    const methods = ['gauge', 'increment', 'decrement', 'histogram', 'timing', 'distribution', 'set'] as const;
    for (const method of methods) {
      stats[method](name as string, 1);
      stats[method](name as string, 1, ['a']);
      stats[method](name as string, 1, { host: 'h' });
    }
    expect(dropsOf(stats)).toEqual({ badName: 21 });
    expect(stats.telemetry).toMatchObject({ samples: 21, applied: 0, contexts: 0 });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_SAMPLE_BAD_NAME', reason: 'badName' }]);
  });

  test('names and tags are cut to 200 characters', async () => {
    const { stats, reporter } = startClient(engine);
    const long = 'x'.repeat(100_000);
    stats.gauge(long, 1, [long]);
    stats.gauge(`${long}y`, 2, { tags: [`${long}y`] });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'x'.repeat(200), points: [[START, 2]], tags: ['x'.repeat(200)] }]);
  });

  test.each(['histogram', 'timing'] as const)('the name of a %s is cut to leave room for the longest suffix', async (method) => {
    const { stats, reporter } = startClient(engine, { percentiles: [0.5, 0.999] });
    const long = 'x'.repeat(199);
    stats[method](long, 3);
    await stats.flush(Number.POSITIVE_INFINITY);
    const name = 'x'.repeat(200 - '.99_9percentile'.length);
    const suffixes = ['min', 'max', 'count', 'avg', '50percentile', '99_9percentile'];
    expect(reporter.metrics.map(({ metric }) => metric)).toEqual(suffixes.map((suffix) => `${name}.${suffix}`));
    expect(Math.max(...reporter.metrics.map(({ metric }) => metric.length))).toBe(200);
  });

  test('no name is cut when spelling is left alone', async () => {
    const { stats, reporter } = startClient(engine, { normalize: false, percentiles: [], aggregates: ['max'] });
    stats.histogram('x'.repeat(300), 3);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: `${'x'.repeat(300)}.max` }]);
  });

  describe('a name that is used as two kinds', () => {
    const clash = 'ERR_THREADSTATS_TWO_KINDS';

    test('is reported once, with both kinds, and both are recorded', async () => {
      const { stats, reporter, errors } = startClient(engine);
      stats.gauge('queue', 5);
      for (let i = 0; i < 3; i++) stats.increment('queue', 10, [`shard:${i}`]);
      stats.createGauge('queue').set(7);
      stats.histogram('queue', 1);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(errors).toMatchObject([{ code: clash }]);
      expect(errors[0].message).toMatch(/^"queue" is used as gauge and as counter/);
      const values = valuesOf(reporter);
      expect(values.queue).toEqual([7, 1, 1, 1]);
      expect(values['queue.avg']).toEqual([1]);
      expect(dropsOf(stats)).toEqual({});
    });

    test.each<[string, (stats: ThreadStats) => void]>([
      [
        'two children',
        (stats) => {
          stats.child({ namespace: 'a' }).gauge('b', 1);
          stats.increment('a.b');
        },
      ],
      [
        'two spellings',
        (stats) => {
          stats.gauge('a b', 1);
          stats.increment('a_b');
        },
      ],
      [
        'handles',
        (stats) => {
          stats.createHistogram('a').record(1);
          stats.createTiming('a').record(1);
        },
      ],
    ])('is noticed across %s', async (_, record) => {
      const { stats, errors } = startClient(engine);
      record(stats);
      await stats.flush();
      expect(errors).toMatchObject([{ code: clash }]);
    });

    test('is reported for each name', async () => {
      const { stats, errors } = startClient(engine);
      for (const name of ['a', 'b', 'a', 'b']) {
        stats.gauge(name, 1);
        stats.set(name, 1);
      }
      await stats.flush();
      expect(errors.map(({ message }) => message.slice(0, 3))).toEqual(['"a"', '"b"']);
    });

    test('is no error in strict mode', async () => {
      const { stats, errors } = startClient(engine, { strict: true });
      stats.gauge('queue', 1);
      stats.increment('queue');
      await stats.flush();
      expect(errors).toMatchObject([{ code: clash }]);
    });

    test('may be counted by the callback that hears of it, at the limit of contexts', async () => {
      const errors: string[] = [];
      const { stats, reporter } = startClient(engine, {
        maxContexts: 3,
        onError: (error) => {
          errors.push((error as unknown as { code: string }).code);
          stats.increment('metric.errors', 10, { tags: ['x:1', 'y:2'], timestamp: START - 50 });
        },
      });
      stats.gauge('queue', 5, ['a', 'b']);
      stats.increment('queue', 10, ['c', 'd', 'e']);
      stats.increment('queue', 10, ['c', 'd', 'e']);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(errors).toEqual([clash]);
      expect(reporter.metrics.map(({ metric, tags, points }) => [metric, tags.join(), ...points[0]])).toEqual([
        ['metric.errors', 'x:1,y:2', START - 50, 1],
        ['queue', 'a,b', START, 5],
        ['queue', 'c,d,e', START, 2],
      ]);
    });

    test('does not push the contexts past their limit by the callback that hears of it', async () => {
      const { stats, reporter } = startClient(engine, {
        maxContexts: 2,
        onError: () => stats.increment('metric.errors', 10, ['x']),
      });
      stats.gauge('queue', 5, ['a', 'b']);
      stats.increment('queue', 10, ['c', 'd', 'e']);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(reporter.metrics).toMatchObject([
        { tags: ['a', 'b'] },
        { tags: ['c', 'd', 'e'] },
        { metric: 'metric.errors', tags: ['overflow:true'] },
      ]);
      expect(stats.telemetry).toMatchObject({ contexts: 2, applied: 4, folded: 2 });
      expect(dropsOf(stats)).toEqual({});
    });
  });
});
