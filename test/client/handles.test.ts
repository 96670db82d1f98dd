import { describe, expect, test } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { dropsOf, makeClient, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Makes every kind of handle. Its `record` calls each of their methods. */
function handlesOf(stats: ThreadStats): { record: () => void } {
  const counter = stats.createCounter('counter', ['a']);
  const gauge = stats.createGauge('gauge', { tags: ['a'] });
  const set = stats.createSet('set', { tags: { a: null, b: 1 }, host: 'h' });
  const histogram = stats.createHistogram('histogram', {});
  const timing = stats.createTiming('timing');
  const distribution = stats.createDistribution('distribution', undefined);
  return {
    record() {
      counter.increment();
      counter.increment(20);
      counter.decrement();
      counter.decrement(5);
      gauge.set(7);
      set.add('member');
      set.add(1);
      histogram.record(3);
      timing.record(4);
      distribution.record(5);
      distribution.record(6);
    },
  };
}

const EXPECTED = {
  counter: [1.5],
  gauge: [7],
  set: [2],
  'histogram.max': [3],
  'timing.max': [4],
};

describe.each(engineNames)('on the %s engine', (engine) => {
  const options = { aggregates: ['max'], percentiles: [] } as const;

  test('handles record like the methods of the client', async () => {
    const { stats, reporter } = startClient(engine, options);
    handlesOf(stats).record();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual(EXPECTED);
    expect(reporter.distributions).toMatchObject([{ metric: 'distribution', points: [[START, [5, 6]]] }]);
    expect(Object.fromEntries(reporter.metrics.map(({ metric, tags, host }) => [metric, [...tags, host]]))).toEqual({
      counter: ['a', null],
      gauge: ['a', null],
      set: ['b:1', 'h'],
      'histogram.max': [null],
      'timing.max': [null],
    });
  });

  test('a handle and a method share the context of the same name and tags', async () => {
    const { stats, reporter } = startClient(engine);
    stats.createCounter('x', ['b', 'a']).increment(10);
    stats.createCounter('x', { tags: ['a', 'b'] }).increment(10);
    stats.increment('x', 10, ['A', 'b', 'b']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 3]], tags: ['b', 'a'] }]);
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('a handle that is made before start records between start and stop', async () => {
    const { stats, reporter } = makeClient(engine, options);
    const handles = handlesOf(stats);
    handles.record();
    expect(dropsOf(stats)).toEqual({ notStarted: 11 });
    stats.start({ flushMode: 'manual' });
    handles.record();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual(EXPECTED);
    await stats.stop();
    handles.record();
    expect(dropsOf(stats)).toEqual({ notStarted: 11, stopped: 11 });
  });

  test('a handle records correctly after its context was recycled and given to another metric', async () => {
    const { stats, reporter, clock } = startClient(engine, options);
    const handles = handlesOf(stats);
    handles.record();
    expect(stats.telemetry.contexts).toBe(6);
    for (let flush = 0; flush < 20; flush++) {
      stats.gauge(`other.${flush}`, flush, [`round:${flush}`]);
      clock.seconds += 10;
      await stats.flush();
    }
    expect(stats.telemetry.contexts).toBeLessThan(14);
    reporter.clear();
    handles.record();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual(EXPECTED);
    expect(reporter.distributions).toMatchObject([{ metric: 'distribution', points: [[START + 200, [5, 6]]] }]);
    expect(dropsOf(stats)).toEqual({});
  });

  test('a handle that records between all flushes keeps its context', async () => {
    const { stats, reporter, clock } = startClient(engine);
    const counter = stats.createCounter('x');
    for (let flush = 0; flush < 20; flush++) {
      counter.increment(10);
      clock.seconds += 10;
      await stats.flush();
    }
    expect(valuesOf(reporter)).toEqual({ x: Array(20).fill(1) });
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('a handle copies its options', async () => {
    const { stats, reporter } = startClient(engine);
    const tags = ['a'];
    const given = { tags, host: 'h' };
    const counter = stats.createCounter('x', given);
    tags[0] = 'b';
    given.host = 'i';
    counter.increment(10);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ tags: ['a'], host: 'h' }]);
  });

  test('bad values are dropped and counted, and reported once for each metric', () => {
    const { stats, errors } = startClient(engine);
    const bad = [Number.NaN, Number.POSITIVE_INFINITY, '1', null, {}, [], 1n, Symbol('x'), true, new Number(1)] as never[];
    const counter = stats.createCounter('counter');
    const set = stats.createSet('set');
    for (const value of bad) {
      counter.increment(value);
      counter.decrement(value);
      stats.createGauge('gauge').set(value);
      stats.createHistogram('histogram').record(value);
      stats.createTiming('timing').record(value);
      stats.createDistribution('distribution').record(value);
      if (value !== '1') set.add(value);
    }
    expect(dropsOf(stats)).toEqual({ badValue: 7 * bad.length - 1 });
    expect(stats.telemetry).toMatchObject({ samples: 7 * bad.length - 1, applied: 0 });
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_THREADSTATS_SAMPLE_BAD_VALUE' });
    const names = errors.map(({ message }) => message.match(/ of '(\w+)'/)?.[1]);
    expect(names).toEqual(['counter', 'gauge', 'histogram', 'timing', 'distribution', 'set']);
  });

  test('the samples of a handle whose name has no letter are dropped', () => {
    const { stats } = startClient(engine);
    const counter = stats.createCounter('42');
    counter.increment();
    counter.increment();
    expect(dropsOf(stats)).toEqual({ badName: 2 });
  });

  test('beyond maxContexts, the samples of a handle are dropped until there is room', async () => {
    const { stats, reporter, clock } = startClient(engine, { maxContexts: 1 });
    stats.gauge('first', 1);
    const gauge = stats.createGauge('second');
    gauge.set(10);
    expect(dropsOf(stats)).toEqual({ contextLimit: 1 });
    for (let flush = 0; flush < 14; flush++) {
      gauge.set(10);
      clock.seconds += 10;
      await stats.flush();
    }
    expect(valuesOf(reporter)).toMatchObject({ first: [1] });
    expect(stats.telemetry).toMatchObject({ contexts: 1, samples: 16 });
    expect(reporter.metrics.some(({ metric }) => metric === 'second')).toBe(true);
  });

  test('a handle of a strict client throws a TypeError for a bad sample', () => {
    const { stats, errors } = startClient(engine, { strict: true });
    expect(() => stats.createCounter('x').increment('1' as never)).toThrow(TypeError);
    expect(() => stats.createSet('x').add({} as never)).toThrow(/set sample of 'x'/);
    expect(() => stats.createCounter('42').increment()).toThrow(/letter/);
    expect(errors).toEqual([]);
  });
});

describe('making a handle', () => {
  const stats = new ThreadStats();
  const make = ['createCounter', 'createGauge', 'createSet', 'createHistogram', 'createTiming', 'createDistribution'] as const;

  test.each<[string, unknown, unknown, RegExp]>([
    ['a name that is not a string', 7, {}, /`name` is 7; accepted is a string that is not empty/],
    ['an empty name', '', {}, /`name` is ''; accepted is a string that is not empty/],
    ['tags that are a string', 'x', { tags: 'a' }, /`tags` is 'a'; accepted is an array of strings, or a plain object/],
    ['tags that are not strings', 'x', ['a', 1], /`tags` is an array; accepted is an array of strings/],
    ['a host that is not a string', 'x', { host: 7 }, /`host` is 7; accepted is a string/],
    ['options that are not an object', 'x', 7, /options of a handle must be an object, not 7/],
    ['a timestamp, which only a sample has', 'x', { timestamp: 7 }, /a handle has no option 'timestamp'; its options are tags/],
  ])('throws a TypeError for %s, and names it', (_, name, options, message) => {
    for (const method of make) {
      expect(() => stats[method](name as string, options as object)).toThrow(TypeError);
      expect(() => stats[method](name as string, options as object)).toThrow(message);
    }
  });

  test('throws a RangeError for more tags than a sample may have, those of children included', () => {
    const tags = Array.from({ length: 1025 }, (_, i) => `tag:${i}`);
    const child = stats.child({ tags: ['of:child'] });
    for (const method of make) {
      for (const [client, count] of [
        [stats, 1024],
        [child, 1023],
      ] as const) {
        expect(() => client[method]('x', tags.slice(0, count))).not.toThrow();
        expect(() => client[method]('x', { tags: tags.slice(0, count + 1) })).toThrow(RangeError);
        expect(() => client[method]('x', tags.slice(0, count + 1))).toThrow(/`tags.length` is 1025; accepted is at most 1024/);
      }
    }
  });

  test('accepts null in place of tags and of a host', () => {
    for (const method of make) {
      expect(() => stats[method]('x', null as never)).not.toThrow();
      expect(() => stats[method]('x', { tags: null, host: null, sampleRate: 0.5 } as never)).not.toThrow();
    }
  });
});
