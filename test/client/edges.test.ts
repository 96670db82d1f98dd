// Edge cases in which other clients were seen to fail, and which no other file tests.

import { describe, expect, test } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { dropsOf, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const KINDS = {
  increment: { value: 3, rows: { x: [3] } },
  gauge: { value: 5, rows: { x: [5] } },
  set: { value: 7, rows: { x: [1] } },
  histogram: { value: 11, rows: { 'x.min': [11], 'x.max': [11], 'x.count': [1], 'x.avg': [11] } },
  timing: { value: 13, rows: { 'x.min': [13], 'x.max': [13], 'x.count': [1], 'x.avg': [13] } },
  distribution: { value: 17, rows: {} },
} as const;

type KindMethod = keyof typeof KINDS;
const METHODS = Object.keys(KINDS) as KindMethod[];

function record(stats: ThreadStats, method: KindMethod): void {
  stats[method]('x', KINDS[method].value);
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(METHODS.flatMap((first) => METHODS.map((then) => [first, then] as const)))(
    'a name that is used with %s and then with %s is reported as both',
    async (first, then) => {
      const { stats, reporter } = startClient(engine, { counterType: 'count', percentiles: [] });
      record(stats, first);
      if (then !== first) record(stats, then);
      await stats.flush(Number.POSITIVE_INFINITY);
      const expected: Record<string, number[]> = {};
      for (const method of new Set([first, then])) {
        for (const [name, values] of Object.entries(KINDS[method].rows)) expected[name] = [...(expected[name] ?? []), ...values];
      }
      const found = valuesOf(reporter);
      for (const values of [...Object.values(found), ...Object.values(expected)]) values.sort((a, b) => a - b);
      expect(found).toEqual(expected);
      const distributions = [first, then].includes('distribution') ? [[[START, [17]]]] : [];
      expect(reporter.distributions.map(({ points }) => points)).toEqual(distributions);
    },
  );

  test('tags that are equal only when joined are different; tags that differ in order, case or repetition are the same', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    const lists = [['a.b'], ['a', 'b'], ['b', 'a'], ['a', 'b', 'a'], ['A', 'b'], ['a:b'], ['a|b'], ['a,b'], ['a b'], [], ['']];
    for (const [i, tags] of lists.entries()) stats.increment('x', 10 ** i, tags);
    await stats.flush(Number.POSITIVE_INFINITY);
    const values = Object.fromEntries(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]]));
    expect(values).toEqual({ 'a.b': 1, 'a,b': 11110, 'a:b': 1e5, a_b: 1e6 + 1e7 + 1e8, '': 1e9 + 1e10 });
  });

  test('-0, the largest and the smallest numbers are reported, and values that are not finite numbers are dropped', async () => {
    const { stats, reporter } = startClient(engine);
    const good = [-0, 1e308, -1e308, 5e-324, -5e-324, Number.MAX_VALUE];
    for (const [i, value] of good.entries()) stats.gauge(`good_${i}`, value);
    for (const value of [Number.NaN, Infinity, -Infinity, '1', '', null]) stats.gauge('bad', value as number);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ points }) => points[0][1] + 0)).toEqual(good.map((value) => value + 0));
    expect(dropsOf(stats)).toEqual({ badValue: 6 });
  });

  test.each([undefined, {}, { flush: undefined }, { timeout: undefined }])('stop(%o) flushes', async (options) => {
    const { stats, reporter } = startClient(engine);
    stats.gauge('x', 1);
    expect(await stats.stop(options)).toMatchObject({ metrics: 1 });
    expect(valuesOf(reporter)).toEqual({ x: [1] });
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0 });
  });
});
