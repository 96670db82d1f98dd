import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test("a row shows the order of its interval's first sample", async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['z:z'] });
    const record = (timestamp: number, tags: string[]): void => stats.increment('x', 10, { timestamp, tags });
    record(START, ['a', 'b', 'c']);
    record(START, ['c', 'b', 'a']);
    record(START + 10, ['c', 'a', 'b']);
    record(START + 10, ['a', 'b', 'c']);
    record(START + 20, ['a', 'b', 'c']);
    record(START, ['b', 'a', 'c']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ points, tags }) => [...points[0], tags.join()])).toEqual([
      [START, 3, 'a,b,c,z:z'],
      [START + 10, 2, 'c,a,b,z:z'],
      [START + 20, 1, 'a,b,c,z:z'],
    ]);
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('an interval that is opened again shows the order of its first late sample', async () => {
    const { stats, reporter } = startClient(engine);
    stats.increment('x', 10, { timestamp: START, tags: ['a', 'b'] });
    await stats.flush(Number.POSITIVE_INFINITY);
    stats.increment('x', 20, { timestamp: START, tags: ['b', 'a'] });
    stats.increment('x', 20, { timestamp: START, tags: ['a', 'b'] });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ points, tags }) => [...points[0], tags.join()])).toEqual([
      [START, 1, 'a,b'],
      [START, 4, 'b,a'],
    ]);
  });

  test('a flush that takes nothing forgets no order', async () => {
    const { stats, reporter } = startClient(engine);
    stats.increment('x', 10, { timestamp: START - 10, tags: ['a', 'b'] });
    stats.increment('x', 10, { timestamp: START, tags: ['b', 'a'] });
    for (const timestamp of [Number.NaN, Number.NEGATIVE_INFINITY, START - 10]) await stats.flush(timestamp);
    expect(reporter.metrics).toEqual([]);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ tags }) => tags.join())).toEqual(['a,b', 'b,a']);
  });

  test('a handle whose tags stand in another order follows the rule', async () => {
    const { stats, reporter } = startClient(engine);
    const handle = stats.createCounter('x', ['a', 'b']);
    const rounds: [first: () => void, second: () => void][] = [
      [() => handle.increment(), () => stats.increment('x', 1, ['b', 'a'])],
      [() => stats.increment('x', 1, ['b', 'a']), () => handle.increment()],
      [() => handle.increment(), () => stats.increment('x', 1, ['b', 'a'])],
      [() => handle.increment(), () => handle.increment()],
    ];
    for (const [first, second] of rounds) {
      first();
      second();
      await stats.flush(Number.POSITIVE_INFINITY);
    }
    expect(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]])).toEqual([
      ['a,b', 0.2],
      ['b,a', 0.2],
      ['a,b', 0.2],
      ['a,b', 0.2],
    ]);
  });

  test('a tag counts once, however often it stands there', async () => {
    const { stats, reporter } = startClient(engine);
    stats.increment('x', 10, ['a', 'b', 'a']);
    stats.increment('x', 10, ['b', 'a']);
    stats.increment('x', 10, ['a', 'a', 'b', 'b', 'A']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 3]], tags: ['a', 'b'] }]);
  });

  test('a sample that repeats a constant tag belongs to the same series', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['env:prod', 'team:core'] });
    stats.increment('x', 10, ['a']);
    stats.increment('x', 10, ['env:prod', 'a']);
    stats.increment('x', 10, ['a', 'team:core', 'env:prod']);
    stats.increment('y', 10);
    stats.increment('y', 10, ['env:prod']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, points, tags }) => [metric, points[0][1], tags.join()])).toEqual([
      ['x', 3, 'a,env:prod,team:core'],
      ['y', 2, 'env:prod,team:core'],
    ]);
    expect(stats.telemetry.contexts).toBe(2);
  });

  test('a first sample that repeats a constant tag shows it in both places, as the reference does', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['env:prod'] });
    stats.increment('x', 10, ['a', 'env:prod', 'b']);
    stats.increment('x', 10, ['a', 'b']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 2]], tags: ['a', 'env:prod', 'b', 'env:prod'] }]);
  });

  test('as many as 1024 tags are taken, and no more', async () => {
    const { stats, reporter } = startClient(engine);
    const tags = Array.from({ length: 1025 }, (_, i) => `t:${i}`);
    const record: ((tags: string[]) => void)[] = [
      (tags) => stats.increment('array', 1, tags),
      (tags) => stats.increment('options', 1, { tags }),
      (tags) => stats.increment('record', 1, { tags: Object.fromEntries(tags.map((tag) => ['t'.concat(tag), 1])) }),
      (tags) => stats.createCounter('handle', tags).increment(),
    ];
    for (const call of record) {
      call(tags);
      call(tags.slice(1));
    }
    expect(dropsOf(stats)).toEqual({ badTags: 4 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags }) => [metric, tags.length])).toEqual([
      ['array', 1024],
      ['options', 1024],
      ['record', 1024],
      ['handle', 1024],
    ]);
  });

  test('contexts are the same for the same set of tags, and for no other', () => {
    const tag = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f:1', 'f:2', 'F:2', ' a', 'env:prod');
    const sample = fc.record({ tags: fc.array(tag, { maxLength: 7 }), way: fc.nat(2) });
    const normal = (name: string): string => name.trim().toLowerCase();
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), (samples) => {
        const { stats } = startClient(engine, { constantTags: ['env:prod'] });
        for (const { tags, way } of samples) record(stats, tags, way);
        const keys = samples.map(({ tags }) =>
          [...new Set(tags.map(normal))]
            .filter((tag) => tag !== 'env:prod')
            .sort()
            .join(),
        );
        expect(stats.telemetry.contexts).toBe(new Set(keys).size);
      }),
      { numRuns: 50 },
    );
  });
});

function record(stats: ThreadStats, tags: string[], way: number): void {
  if (way === 0) stats.increment('x', 1, tags);
  else if (way === 1) stats.increment('x', 1, { tags });
  else stats.createCounter('x', tags).increment();
}
