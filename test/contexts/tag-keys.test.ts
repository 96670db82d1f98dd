// The options allowTagKeys and denyTagKeys.

import { describe, expect, test } from 'vitest';
import type { ThreadStatsOptions } from '../../src/index.js';
import { dropsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Without a compiler more would take too long. */
const FLOOD = typeof WebAssembly === 'undefined' ? 20_000 : 200_000;

describe.each(engineNames)('on the %s engine', (engine) => {
  test('a cut tag makes no context and is in no row, whichever way it comes', async () => {
    const { stats, reporter } = startClient(engine, {
      counterType: 'count',
      constantTags: ['user:root', 'team:core'],
      denyTagKeys: ['User'],
    });
    const child = stats.child({ tags: ['user:child', 'child'] });
    const handle = stats.createCounter('x', ['user:handle', 'route:/home']);
    const tags = ['route:/home', 'user:same'];
    for (let i = 0; i < 1000; i++) {
      stats.increment('x', 1, ['route:/home', `user:${i}`]);
      stats.increment('x', 1, [`USER:${i % 3}`, 'route:/home']);
      stats.increment('x', 1, ['user:1', 'route:/home', 'user:2']);
      stats.increment('x', 1, { tags: { user: i, route: '/home' }, timestamp: START });
      stats.increment('x', 1, tags);
      handle.increment();
      stats.increment('single', 1, ['user:1']);
      stats.increment('single', 1);
      stats.set('members', i % 10, ['user:1']);
      child.increment('of.child', 1, ['user:1']);
    }
    expect(stats.telemetry.contexts).toBe(4);
    stats.event('e', '', { tags: ['user:1'] });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags, points }) => [metric, tags.join(), points[0][1]])).toEqual([
      ['x', 'route:/home,user:root,team:core', 6000],
      ['single', 'user:root,team:core', 2000],
      ['members', 'user:root,team:core', 10],
      ['of.child', 'child,user:root,team:core', 1000],
    ]);
    expect(reporter.events).toMatchObject([{ tags: ['user:1', 'user:root', 'team:core'] }]);
  });

  test('only tags with allowed keys are kept when `allowTagKeys` is given', async () => {
    const { stats, reporter } = startClient(engine, { allowTagKeys: ['route', 'beta'] });
    stats.increment('x', 10, ['a:1', 'route:/home', 'Beta', 'b']);
    stats.increment('x', 10, ['Beta', 'route:/home', 'c']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ tags: ['route:/home', 'beta'], points: [[START, 2]] }]);
  });

  test('cached tags lead to their own context, whatever was cut from them', async () => {
    const { stats, reporter, clock } = startClient(engine, { counterType: 'count', denyTagKeys: ['cut'] });
    for (const tags of [
      ['cut:1', 'a', 'b'],
      ['cut:1', 'a', 'b'],
      ['cut:1', 'a', 'c'],
      ['cut:1', 'a', 'c'],
      ['cut:2', 'a', 'c'],
      ['a', 'cut:2', 'c'],
      ['a', 'cut:2', 'c'],
      ['a', 'cut:2', 'b'],
      ['cut:2', 'cut:1', 'b', 'a'],
      ['cut:2', 'cut:1'],
      ['cut:2', 'cut:1'],
      [],
    ]) {
      stats.increment('x', 1, tags);
    }
    clock.seconds += 10;
    stats.increment('x', 1, ['b', 'cut:1', 'a']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags, points }) => [points[0][0] - START, tags.join(), points[0][1]])).toEqual([
      [0, 'a,b', 4],
      [0, 'a,c', 5],
      [0, '', 3],
      [10, 'a,b', 1],
    ]);
  });

  test('a flood of cut tags takes no room, also at the limit of contexts', async () => {
    const { stats, reporter } = startClient(engine, {
      counterType: 'count',
      maxContexts: 2,
      denyTagKeys: ['user'],
      clock: undefined,
    });
    for (let i = 0; i < FLOOD; i++) {
      stats.increment('x', 1, [`user:${i}`]);
      stats.gauge('g', i, ['route:/home', `user:${i}`]);
    }
    expect(stats.telemetry).toMatchObject({ contexts: 2, applied: FLOOD * 2, folded: 0 });
    expect(dropsOf(stats)).toEqual({});
    stats.increment('x', 1, ['other']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags }) => tags.join())).toContain('overflow:true');
    expect(stats.telemetry.folded).toBe(1);
  });

  test('the tag of overflow contexts is never cut', async () => {
    const { stats, reporter } = startClient(engine, { maxContexts: 1, allowTagKeys: ['route'], denyTagKeys: ['overflow'] });
    stats.increment('x', 10);
    stats.increment('x', 10, ['route:/home', 'overflow:true']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags }) => tags.join())).toEqual(['', 'overflow:true']);
  });

  test.each<ThreadStatsOptions>([
    { denyTagKeys: ['overflow'] },
    { allowTagKeys: ['route'] },
    { allowTagKeys: [], normalize: false },
  ])('a tag overflow:true of a sample is cut like others with %o', async (options) => {
    const { stats, reporter } = startClient(engine, { maxContexts: 1, counterType: 'count', ...options });
    for (let i = 0; i < 40; i++) {
      stats.increment('x', 1, ['overflow:true']);
      stats.increment('x', 1, { tags: { overflow: true } });
      stats.child({ tags: { overflow: 'true' } }).increment('x');
    }
    stats.createCounter('x', ['overflow:true']).increment();
    stats.increment('x');
    // There is no room for the context of this metric.
    stats.increment('y', 1, ['overflow:true']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags, points }) => [metric, tags.join(), points[0][1]])).toEqual([
      ['x', '', 122],
      ['y', 'overflow:true', 1],
    ]);
  });

  test('a constant tag overflow:true is never cut', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['overflow:true'], denyTagKeys: ['overflow'] });
    stats.increment('x', 10, ['overflow:true']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags }) => tags)).toEqual([['overflow:true']]);
  });
});
