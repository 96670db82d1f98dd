import { describe, expect, test } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { dropsOf, makeClient, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a child adds its namespace, tags and host', async () => {
    const { stats, reporter } = startClient(engine, { namespace: 'shop', constantTags: ['env:prod'], host: 'web-1' });
    const child = stats.child({ namespace: 'cart', tags: ['part:cart'], host: 'web-2' });
    expect(child).toBeInstanceOf(ThreadStats);
    expect(child.engineName).toBe(engine);
    child.gauge('size', 1, ['own']);
    child.createGauge('handle', ['own']).set(2);
    child.timer('timer').stop();
    child.set('set', 1, { host: 'db-1' });
    await stats.flush(Number.POSITIVE_INFINITY);
    const row = (name: string) => reporter.metrics.find(({ metric }) => metric === name);
    expect(row('shop.cart.size')).toMatchObject({ tags: ['own', 'part:cart', 'env:prod'], host: 'web-2' });
    expect(row('shop.cart.handle')).toMatchObject({ tags: ['own', 'part:cart', 'env:prod'], host: 'web-2' });
    expect(row('shop.cart.timer.min')).toMatchObject({ tags: ['part:cart', 'env:prod'] });
    expect(row('shop.cart.set')).toMatchObject({ host: 'db-1' });
  });

  test.each([
    ['shop.', 'cart.'],
    ['shop', '.cart'],
    ['shop..', '..cart..'],
  ])('the namespaces %j and %j have one dot between them, and one before the name', async (namespace, ofChild) => {
    const { stats, reporter } = startClient(engine, { namespace });
    stats.gauge('x', 1);
    stats.child({ namespace: ofChild }).gauge('x', 1);
    stats.child({ namespace: '.' }).gauge('y', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric }) => metric)).toEqual(['shop.x', 'shop.cart.x', 'shop.y']);
  });

  test('a child of a child adds its namespace, tags and host to both', async () => {
    const { stats, reporter } = startClient(engine);
    const child = stats.child({ namespace: 'a', tags: { level: 1 }, host: 'h' });
    child.child({ namespace: 'b', tags: { level: 2 } }).gauge('g', 1, { tags: { level: 3 } });
    child.child().gauge('g', 2);
    stats
      .child({ tags: ['x'] })
      .child({ namespace: 'c' })
      .gauge('g', 3);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags, host }) => [metric, tags.join(), host])).toEqual([
      ['a.b.g', 'level:3,level:2,level:1', 'h'],
      ['a.g', 'level:1', 'h'],
      ['c.g', 'x', null],
    ]);
  });

  test('parent and child share the context of the same name, tags and host', async () => {
    const { stats, reporter } = startClient(engine, { host: 'h' });
    stats.increment('a.b', 10, ['x', 'y']);
    stats.child({ namespace: 'a', tags: ['y'] }).increment('b', 10, ['x']);
    stats
      .child({ namespace: 'a', tags: ['x'] })
      .createCounter('b', ['y'])
      .increment(10);
    stats.child({ namespace: 'A'.toLowerCase(), tags: ['x', 'y', 'X'], host: 'h' }).increment('b', 10);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'a.b', points: [[START, 4]], tags: ['x', 'y'], host: 'h' }]);
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('a tag that the parent and the sample have, too, appears once', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['env:prod'] });
    const child = stats.child({ tags: ['a', 'env:prod', 'A', 'b'] });
    child.child({ tags: ['b', 'c', 'b'] }).increment('x', 10, ['c', 'd']);
    child.increment('x', 10, ['d', 'c']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 2]], tags: ['c', 'd', 'b', 'a', 'env:prod'] }]);
  });

  test('a child shares start, flush, stop and telemetry with its parent', async () => {
    const { stats, reporter } = makeClient(engine);
    const child = stats.child({ namespace: 'c' });
    child.gauge('early', 1);
    expect(dropsOf(stats)).toEqual({ notStarted: 1 });
    expect(child.start({ flushMode: 'manual' })).toBe(child);
    stats.gauge('g', 1);
    child.gauge('g', 2);
    expect(child.telemetry).toEqual(stats.telemetry);
    expect(await child.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 2 });
    expect(valuesOf(reporter)).toEqual({ g: [1], 'c.g': [2] });
    child.gauge('g', 3);
    expect(await child.stop()).toMatchObject({ metrics: 1 });
    expect(await stats.stop()).toMatchObject({ metrics: 1 });
    stats.gauge('g', 4);
    expect(dropsOf(child)).toEqual({ notStarted: 1, stopped: 1 });
  });

  test('a child that is made after start records at once, and copies its options', async () => {
    const { stats, reporter } = startClient(engine);
    const tags = ['a'];
    const options = { tags, namespace: 'n' };
    const child = stats.child(options);
    tags.push('b');
    options.namespace = 'm';
    child.gauge('g', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'n.g', tags: ['a'] }]);
  });

  test('a child accepts null in place of each option', async () => {
    const { stats, reporter } = startClient(engine);
    const parent = stats.child({ namespace: 'n', tags: ['a'], host: 'h' });
    parent.child({ namespace: null, tags: null, host: null } as never).gauge('g', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ metric: 'n.g', tags: ['a'], host: 'h' }]);
  });

  test('a child with more tags than a sample may have, those of its parents included, is refused', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['constant'] });
    const tags = Array.from({ length: 1025 }, (_, i) => `tag:${i}`);
    expect(() => stats.child({ tags })).toThrow(RangeError);
    expect(() => stats.child({ tags })).toThrow(/`tags.length` is 1025; accepted is at most 1024/);
    expect(() => stats.child({ tags: ['a'] }).child({ tags: tags.slice(1) })).toThrow(RangeError);
    const child = stats.child({ tags: tags.slice(0, 1000) }).child({ tags: tags.slice(0, 1024) });
    child.gauge('method', 1);
    child.createGauge('handle').set(1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map((row) => row.tags.length)).toEqual([1025, 1025]);
  });

  test('a child records again after its contexts were recycled', async () => {
    const { stats, reporter, clock } = startClient(engine);
    const child = stats.child({ namespace: 'n', tags: ['a'], host: 'h' });
    for (let round = 0; round < 3; round++) {
      child.gauge('g', round, ['own']);
      for (let flush = 0; flush < 15; flush++) {
        stats.gauge('other', flush);
        clock.seconds += 10;
        await stats.flush();
      }
      expect(stats.telemetry.contexts).toBe(1);
    }
    const rows = reporter.metrics.filter(({ metric }) => metric === 'n.g');
    expect(rows.map(({ points, tags, host }) => [points[0][1], tags.join(), host])).toEqual([
      [0, 'own,a', 'h'],
      [1, 'own,a', 'h'],
      [2, 'own,a', 'h'],
    ]);
  });

  test('a new child uses existing contexts, even when maxContexts is reached', async () => {
    const { stats, reporter } = startClient(engine, { maxContexts: 2, namespace: 'shop' });
    stats.increment('cart.size', 10, ['a']);
    stats.increment('plain', 10, { host: 'h' });
    stats.child({ namespace: 'cart', tags: ['a'] }).increment('size', 10);
    stats.child({ namespace: 'cart' }).increment('size', 10, ['A']);
    stats.child({ host: 'h' }).increment('plain', 10);
    stats.increment('cart size', 10);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'shop.cart.size': [3], 'shop.plain': [2], 'shop.cart_size': [1] });
    expect(stats.telemetry.folded).toBe(1);
  });
});

test.each<[string, unknown, RegExp]>([
  ['a namespace that is not a string', { namespace: 7 }, /`namespace` is 7; accepted is a string/],
  ['tags that are not strings', { tags: [7] }, /`tags` is an array; accepted is an array of strings/],
  ['a host that is not a string', { host: {} }, /`host` is an object; accepted is a string/],
  ['an option that does not exist', { maxContexts: 7 }, /child has no option 'maxContexts'/],
  ['an option of hot-shots', { globalTags: ['a'] }, /child has no option 'globalTags' \(did you mean 'tags'\?\)/],
  ['options that are not an object', 'namespace', /options of child must be an object, not a string/],
  ['options that are null', null, /options of child must be an object, not null/],
])('a child cannot be made with %s', (_, options, message) => {
  expect(() => new ThreadStats().child(options as object)).toThrow(TypeError);
  expect(() => new ThreadStats().child(options as object)).toThrow(message);
});
