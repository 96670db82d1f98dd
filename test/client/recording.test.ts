import { describe, expect, test } from 'vitest';
import type { Options, ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { hideBuiltin } from '../support/hide-builtin.js';

/** Every recording method with the value 3, and the value that an interval of ten seconds reports for it. */
const METHODS: Record<string, { record: (stats: ThreadStats, options?: Options) => void; type: string; value: unknown }> = {
  gauge: { record: (stats, options) => stats.gauge('m', 3, options), type: 'gauge', value: 3 },
  'set of a number': { record: (stats, options) => stats.set('m', 3, options), type: 'gauge', value: 1 },
  'set of a string': { record: (stats, options) => stats.set('m', '3', options), type: 'gauge', value: 1 },
  increment: { record: (stats, options) => stats.increment('m', 3, options), type: 'rate', value: 0.3 },
  decrement: { record: (stats, options) => stats.decrement('m', 3, options), type: 'rate', value: -0.3 },
  histogram: { record: (stats, options) => stats.histogram('m', 3, options), type: 'gauge', value: 3 },
  timing: { record: (stats, options) => stats.timing('m', 3, options), type: 'gauge', value: 3 },
  distribution: { record: (stats, options) => stats.distribution('m', 3, options), type: 'distribution', value: [3] },
};

type Row = { tags?: string[]; host?: string; seconds?: number };

const OPTIONS: [what: string, options: Options | null | undefined, row: Row][] = [
  ['nothing', undefined, {}],
  ['null', null, {}],
  ['an empty object', {}, {}],
  ['an empty array', [], {}],
  ['an array as tags', ['a:1', 'b'], { tags: ['a:1', 'b'] }],
  ['a frozen array as tags', Object.freeze(['a:1']), { tags: ['a:1'] }],
  ['an array of tags', { tags: ['b', 'a:1'] }, { tags: ['b', 'a:1'] }],
  ['a record of tags', { tags: { route: '/home', status: 200, hit: true } }, { tags: ['route:/home', 'status:200', 'hit:true'] }],
  ['a record with nothing in it', { tags: { a: null, b: undefined } }, {}],
  ['a record without a prototype', { tags: Object.assign(Object.create(null), { a: 1 }) }, { tags: ['a:1'] }],
  ['nulls', { tags: null, host: null, timestamp: null, sampleRate: null } as never, {}],
  ['a host', { host: 'db-1' }, { host: 'db-1' }],
  ['an empty host', { host: '' }, {}],
  ['a sample rate, which is ignored', { sampleRate: 0.01 }, {}],
  ['POSIX seconds', { timestamp: 15 }, { seconds: 10 }],
  ['POSIX seconds with a fraction', { timestamp: 1_700_000_009.999 }, { seconds: 1_700_000_000 }],
  ['a Date', { timestamp: new Date(1_700_000_012_345) }, { seconds: 1_700_000_010 }],
  ['seconds before 1970', { timestamp: -0.5 }, { seconds: -10 }],
  ['a Date before 1970', { timestamp: new Date(-10_001) }, { seconds: -20 }],
  ['zero', { timestamp: 0 }, { seconds: 0 }],
  ['negative zero', { timestamp: -0 }, { seconds: 0 }],
  ['the year 5138', { timestamp: 99_999_999_999 }, { seconds: 99_999_999_990 }],
  ['all at once', { tags: ['a:1'], host: 'h', timestamp: 25, sampleRate: 1 }, { tags: ['a:1'], host: 'h', seconds: 20 }],
];

describe.each(engineNames)('on the %s engine', (engine) => {
  describe.each(Object.entries(METHODS))('%s', (_, { record, type, value }) => {
    test.each(OPTIONS)('accepts %s', async (_, options, row) => {
      const { stats, reporter, errors } = startClient(engine);
      record(stats, options as Options);
      await stats.flush(Number.POSITIVE_INFINITY);
      const expected = { tags: [], host: null, seconds: START, ...row };
      const rows = [...reporter.metrics, ...reporter.distributions];
      for (const { tags, host, points } of rows) expect({ tags, host, seconds: points[0][0] }).toEqual(expected);
      expect(rows[0]).toMatchObject({ type, points: [[expected.seconds, value]], interval: 10, device: null });
      // A time far from now is reported as an error, but the sample is recorded.
      const isFar = Math.abs((row.seconds ?? START) - START) > 10_000;
      expect(errors.map(({ message }) => /Dropped/.test(message))).toEqual(isFar ? [false] : []);
      expect(stats.telemetry).toMatchObject({ samples: 1, applied: 1, contexts: 1 });
    });

    test("a sample's own host replaces the client's", async () => {
      const { stats, reporter } = startClient(engine, { host: 'web-1' });
      record(stats);
      record(stats, { host: 'db-1' });
      record(stats, { host: '' });
      await stats.flush(Number.POSITIVE_INFINITY);
      const hosts = [...reporter.metrics, ...reporter.distributions].map(({ host }) => host);
      expect([...new Set(hosts)]).toEqual(['web-1', 'db-1', null]);
    });
  });

  test('a gauge reports the last value, whatever its size', async () => {
    const { stats, reporter } = startClient(engine);
    for (const value of [7, 1e300, 5e-324, -1.5]) stats.gauge('last', value);
    stats.gauge('zero', -0);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ last: [-1.5], zero: [0] });
  });

  test('a counter reports its sum divided by the seconds of the interval', async () => {
    const { stats, reporter } = startClient(engine, {}, { rollUpInterval: 4 });
    stats.increment('hits');
    stats.increment('hits', undefined, {});
    stats.increment('hits', 10);
    stats.decrement('hits');
    stats.decrement('hits', 0.5);
    stats.decrement('hits', -1);
    for (let i = 0; i < 10; i++) stats.increment('tenths', 0.1);
    await stats.flush(Number.POSITIVE_INFINITY);
    // Sums are compensated, so ten times 0.1 is exactly 1.
    expect(valuesOf(reporter)).toEqual({ hits: [11.5 / 4], tenths: [0.25] });
  });

  test('a set counts different members, and 1 and "1" are different', async () => {
    const { stats, reporter } = startClient(engine);
    const members = [
      1,
      '1',
      1,
      '1',
      0,
      -0,
      '',
      'a',
      'ä',
      'A',
      1.5,
      '\ud800',
      '\udc00',
      'x'.repeat(100_000),
      `${'x'.repeat(99_999)}y`,
    ];
    for (const member of [...members, ...members]) stats.set('users', member);
    for (let i = 0; i < 5000; i++) stats.set('many', `user-${i % 1234}`);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ users: [12], many: [1234] });
  });

  test('a set tells members of any length apart by every code unit', async () => {
    const { stats, reporter } = startClient(engine);
    const handle = stats.createSet('users');
    const members = [32_767, 32_768, 32_769, 100_000].flatMap((units) => {
      const text = 'x'.repeat(units - 1);
      return ['y', 'z', '\ud800', '\ud801', '\ufffd'].map((last) => text + last);
    });
    for (const member of members) stats.set('users', member);
    for (const member of members) handle.add(member);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ users: [20] });
  });

  test('a set drops a member that is too long where the runtime has no node:crypto, and does not throw', async () => {
    const { stats, reporter } = startClient(engine);
    hideBuiltin('node:crypto');
    for (const member of ['x'.repeat(32_768), 'x'.repeat(32_769)]) {
      stats.set('users', member);
      stats.createSet('users').add(member);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ users: [1] });
    expect(dropsOf(stats)).toEqual({ badValue: 2 });
  });

  test('a distribution reports every value, in order', async () => {
    const { stats, reporter } = startClient(engine);
    const values = Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 10_007);
    for (const value of values) stats.distribution('latency', value);
    stats.distribution('other', -0);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.distributions.map(({ metric }) => metric)).toEqual(['latency', 'other']);
    expect(reporter.distributions[0].points).toEqual([[START, values]]);
    expect(Object.is(reporter.distributions[1].points[0][1][0], 0)).toBe(true);
  });

  test('histograms and timings report aggregates and percentiles', async () => {
    const { stats, reporter } = startClient(engine);
    for (let value = 1; value <= 100; value++) {
      stats.histogram('h', value);
      stats.timing('t', -value);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({
      'h.min': [1],
      'h.max': [100],
      'h.count': [10],
      'h.avg': [50.5],
      'h.75percentile': [75],
      'h.85percentile': [85],
      'h.95percentile': [95],
      'h.99percentile': [99],
      't.min': [-100],
      't.max': [-1],
      't.count': [10],
      't.avg': [-50.5],
      't.75percentile': [-26],
      't.85percentile': [-16],
      't.95percentile': [-6],
      't.99percentile': [-2],
    });
  });

  test('an array of tags may be changed and passed again, for another series', async () => {
    const { stats, reporter } = startClient(engine);
    const tags = ['user:0', 'a:b'];
    for (let i = 0; i < 3; i++) {
      tags[0] = `user:${i}`;
      stats.increment('hits', 1, tags);
      stats.increment('hits', 1, { tags });
    }
    tags.pop();
    stats.increment('hits', 2, tags);
    tags.length = 0;
    stats.increment('hits', 2, tags);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags, points }) => [...tags, points[0][1]])).toEqual([
      ['user:0', 'a:b', 0.2],
      ['user:1', 'a:b', 0.2],
      ['user:2', 'a:b', 0.2],
      ['user:2', 0.2],
      [0.2],
    ]);
  });
});

describe.each(engineNames)('a timestamp that is not POSIX seconds, on the %s engine', (engine) => {
  test.each([Date.now(), -1e11, 1e15, 1e300])('%d drops the sample, and does not affect other samples', async (timestamp) => {
    const { stats, reporter } = startClient(engine);
    stats.gauge('far', 1, { timestamp });
    stats.gauge('good', 1, { timestamp: START });
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric }) => metric)).toEqual(['good']);
  });
});
