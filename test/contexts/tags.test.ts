import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

describe.each(engineNames)('on the %s engine', (engine) => {
  test('the order of tags makes no difference, whichever way they come', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    const handle = stats.createCounter('x', ['b', 'c', 'a']);
    for (let round = 0; round < 3; round++) {
      stats.increment('x', 1, ['a', 'b', 'c']);
      stats.increment('x', 1, ['c', 'b', 'a']);
      stats.increment('x', 1, { tags: { b: 1 } });
      stats.increment('x', 1, { tags: ['b', 'a', 'c'] });
      handle.increment();
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([
      { points: [[START, 12]], tags: ['a', 'b', 'c'] },
      { points: [[START, 3]], tags: ['b:1'] },
    ]);
  });

  test('every row of a context shows the tags of the sample that made it, then the constant tags', async () => {
    const { stats, reporter } = startClient(engine, { constantTags: ['z:z', 'y:y'] });
    const record = (timestamp: number, tags: string[]): void => stats.increment('x', 10, { timestamp, tags });
    record(START, ['b', 'a', 'c']);
    record(START + 10, ['c', 'a', 'b']);
    await stats.flush(Number.POSITIVE_INFINITY);
    record(START, ['a', 'b', 'c']);
    await stats.flush(Number.POSITIVE_INFINITY);
    const tags = ['b', 'a', 'c', 'z:z', 'y:y'];
    expect(reporter.metrics).toMatchObject([
      { points: [[START, 1]], tags },
      { points: [[START + 10, 1]], tags },
      { points: [[START, 2]], tags },
    ]);
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('a repeated tag appears once', async () => {
    const { stats, reporter } = startClient(engine);
    stats.increment('x', 10, ['a', 'b', 'a']);
    stats.increment('x', 10, ['b', 'a']);
    stats.increment('x', 10, ['a', 'a', 'b', 'b', 'A']);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ points: [[START, 3]], tags: ['a', 'b'] }]);
  });

  test('a tag that is also a constant tag appears once, and makes no other series', async () => {
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

  test('a sample may have 1024 tags, and a sample with more is dropped', async () => {
    const { stats, reporter } = startClient(engine);
    const tags = Array.from({ length: 1025 }, (_, i) => `t:${i}`);
    const record: ((tags: string[]) => void)[] = [
      (tags) => stats.increment('array', 1, tags),
      (tags) => stats.increment('options', 1, { tags }),
      (tags) => stats.increment('record', 1, { tags: Object.fromEntries(tags.map((tag) => ['t'.concat(tag), 1])) }),
    ];
    for (const call of record) {
      call(tags);
      call(tags.slice(1));
    }
    stats.createCounter('handle', tags.slice(1)).increment();
    expect(() => stats.createCounter('handle', tags)).toThrow(RangeError);
    expect(dropsOf(stats)).toEqual({ badTags: 3 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, tags }) => [metric, tags.length])).toEqual([
      ['array', 1024],
      ['options', 1024],
      ['record', 1024],
      ['handle', 1024],
    ]);
  });

  test('samples share a context if, and only if, they have the same set of tags', () => {
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
