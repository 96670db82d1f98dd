import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COUNTER, HISTOGRAM, type Kind, TIMING } from '../../src/model/kinds.js';
import { abs, exactSum, toUnits, ulpUnits } from './support/exact-sum.js';
import { expectSum } from './support/model.js';
import { fixedRuns } from './support/properties.js';
import { codeOf, Recorder } from './support/recorder.js';
import { SPECIAL_VALUES } from './support/values.js';
import { repetitions, type Variant, variants } from './support/variants.js';

/** Returns the sums that a counter, a histogram and a timing report for the same values. */
function sumsOf(make: Variant['make'], values: Iterable<number>): number[] {
  const recorder = new Recorder(make({ percentiles: [] }));
  const kinds: Kind[] = [COUNTER, HISTOGRAM, TIMING];
  for (const value of values) {
    for (const kind of kinds) recorder.record({ startSeconds: 0, code: codeOf(kind, kind), value });
  }
  return recorder.flush().map((report) => report.values.at(-1)!);
}

function expectSums(make: Variant['make'], values: Iterable<number>, sum: number): void {
  expect(sumsOf(make, values)).toEqual([sum, sum, sum]);
}

describe.each(variants)('sums of the $name engine', ({ make }) => {
  test('are exact to the last bit: a million times 0.1 is 100,000', () => {
    const count = 1_000_000;
    const recorder = new Recorder(make());
    let naive = 0;
    for (let i = 0; i < count; i++) {
      recorder.record({ startSeconds: 0, code: COUNTER, value: 0.1 });
      naive += 0.1;
    }
    expect(Math.abs(naive - 100_000)).toBeGreaterThan(1e-7);
    expect([...recorder.flush()[0].values]).toEqual([100_000]);
  });

  test.each<[name: string, values: number[], sum: number]>([
    ['nothing but a zero', [0], 0],
    ['zeros of both signs', [-0, -0], 0],
    ['what large values cancel', [1, 1e100, 1, -1e100], 2],
    ['a small value beside a large one', [1e16, 1, 1, -1e16], 2],
    ['the least subnormals', new Array<number>(1000).fill(5e-324), 1000 * 5e-324],
    ['subnormals that cancel', [5e-324, -5e-324], 0],
    ['an increment and a decrement', [0.1, 0.2, -0.3], 0.1 + 0.2 - 0.3 - 2 ** -55],
    ['integers beyond 2^53', [2 ** 53, 1, 1], 2 ** 53 + 2],
    ['1e308 up to an overflow', [1e308, 1e308, 1e308], Number.POSITIVE_INFINITY],
    ['an overflow that later values would undo', [-1e308, -1e308, 1e308, 1e308], Number.NEGATIVE_INFINITY],
    ['the largest double', [Number.MAX_VALUE], Number.MAX_VALUE],
    ['the largest doubles of both signs', [Number.MAX_VALUE, -Number.MAX_VALUE, 1], 1],
  ])('are exact for %s', (_name, values, sum) => {
    expectSums(make, values, sum);
  });

  test('are finite even if the computation of a rounding error overflows', () => {
    const ulp = 2 ** 971;
    for (const sign of [1, -1]) {
      for (const steps of [0.5, 1, 1.5, 2.5, 3.5]) {
        for (const values of [
          [-sign * steps * ulp, sign * Number.MAX_VALUE],
          [sign * Number.MAX_VALUE, -sign * steps * ulp],
        ]) {
          for (const sum of sumsOf(make, values)) {
            expect(Math.abs(sum - sign * Number.MAX_VALUE)).toBeLessThanOrEqual(4 * ulp);
          }
        }
      }
    }
  });

  test('are within one unit in the last place if nothing cancels', () => {
    const magnitudes = fc.array(fc.double({ min: 0, max: 1e300, noNaN: true }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(magnitudes, fc.constantFrom(1, -1), (values, sign) => {
        const signed = values.map((value) => sign * value);
        const exact = exactSum(signed);
        for (const sum of sumsOf(make, signed)) {
          expect(abs(toUnits(sum) - exact) <= ulpUnits(exact)).toBe(true);
        }
      }),
      fixedRuns(repetitions(200, 50)),
    );
  });

  test('are as exact as with twice the precision if values cancel', () => {
    const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(...SPECIAL_VALUES));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 100 }), (values) => {
        for (const sum of sumsOf(make, values))
          expectSum(
            sum,
            values.map((each) => each + 0),
          );
      }),
      fixedRuns(repetitions(300, 50)),
    );
  });
});
