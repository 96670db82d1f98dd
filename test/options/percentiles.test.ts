import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolvePercentiles } from '../../src/options/percentiles.js';

function percentileName(fraction: number): string {
  return resolvePercentiles([fraction], false)[0].suffix;
}

describe('the name of a percentile', () => {
  it.each([
    [0, '0percentile'],
    [0.999, '99_9percentile'],
    [0.9999, '99_99percentile'],
    [1 / 3, '33_3333333333percentile'],
    [0.0005, '0_05percentile'],
    [1e-9, '0_0000001percentile'],
    [1, '100percentile'],
  ])('names the percentile %d %s', (fraction, name) => {
    expect(percentileName(fraction)).toBe(name);
  });

  it('names percents, with up to three decimals, by their decimal digits', () => {
    for (let thousandths = 0; thousandths <= 100_000; thousandths++) {
      const decimal = (thousandths / 1000).toFixed(3).replace(/\.?0+$/, '');
      const expected = `${decimal.replace('.', '_')}percentile`;
      const name = percentileName(thousandths / 100_000);
      if (name !== expected) expect(name).toBe(expected);
    }
  });

  it('never has an exponent', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (fraction) => {
        expect(percentileName(fraction)).toMatch(/^\d+(?:_\d+)?percentile$/);
      }),
    );
  });
});

describe('resolvePercentiles', () => {
  it('returns percentiles by ascending fraction, with names, and does not change the array', () => {
    const fractions = Object.freeze([0.99, 0, 0.5]);
    expect(resolvePercentiles(fractions, false)).toEqual([
      { fraction: 0, suffix: '0percentile' },
      { fraction: 0.5, suffix: '50percentile' },
      { fraction: 0.99, suffix: '99percentile' },
    ]);
    expect(resolvePercentiles([], false)).toEqual([]);
  });

  it('sorts fractions as numbers, and takes a negative zero for zero', () => {
    expect(resolvePercentiles([1, 0.1, 0.095], false).map(({ fraction }) => fraction)).toEqual([0.095, 0.1, 1]);
    expect(Object.is(resolvePercentiles([-0], false)[0]?.fraction, 0)).toBe(true);
  });

  it('adds the median, even if the fraction 0.5 is given, too', () => {
    expect(resolvePercentiles([0.75, 0.25], true)).toEqual([
      { fraction: 0.25, suffix: '25percentile' },
      { fraction: 0.50025, suffix: 'median' },
      { fraction: 0.75, suffix: '75percentile' },
    ]);
    expect(resolvePercentiles([0.5], true)).toHaveLength(2);
  });

  it('accepts at most 64 percentiles, the median included', () => {
    const fractions = Array.from({ length: 65 }, (_, index) => index / 65);
    expect(resolvePercentiles(fractions.slice(0, 64), false)).toHaveLength(64);
    expect(() => resolvePercentiles(fractions, false)).toThrow(
      new RangeError('The option `percentiles.length` is 65; accepted is at most 64'),
    );
    expect(resolvePercentiles(fractions.slice(0, 63), true)).toHaveLength(64);
    expect(() => resolvePercentiles(fractions.slice(0, 64), true)).toThrow(
      new RangeError('The option `percentiles.length` is 64; accepted is at most 63 beside `median`'),
    );
  });

  it('refuses two percentiles with the same name', () => {
    expect(() => resolvePercentiles([0.5, 0.9, 0.5], false)).toThrow(
      new RangeError('The option `percentiles[2]` is 0.5; accepted is each percentile only once; two are named 50percentile'),
    );
    expect(() => resolvePercentiles([0.9, 0.9 + 1e-16], false)).toThrow(RangeError);
  });

  it.each([
    [undefined, TypeError],
    [0.5, TypeError],
    [new Set([0.5]), TypeError],
    [['0.5'], TypeError],
    [[null], TypeError],
    [[95], RangeError],
    [[-0.01], RangeError],
    [[Number.NaN], RangeError],
    [[Number.POSITIVE_INFINITY], RangeError],
  ])('refuses %o', (fractions, error) => {
    expect(() => resolvePercentiles(fractions, false)).toThrow(error);
    expect(() => resolvePercentiles(fractions, false)).toThrow(/^The option `percentiles(\[0\])?` is /);
  });
});
