import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HISTOGRAM } from '../../src/model/kinds.js';
import { percentileOf, roundHalfEven } from './support/model.js';
import { fixedRuns, percentileLists } from './support/properties.js';
import { InputRandom } from './support/random.js';
import { Recorder } from './support/recorder.js';
import { SPECIAL_VALUES } from './support/values.js';
import { repetitions, type Variant, variants } from './support/variants.js';

const SIZES = [...Array.from({ length: 40 }, (_, i) => i + 1), 63, 64, 65, 127, 500, 512, 513, 999, 1000];
const PERCENTILES = [0, 0.001, 0.29, 0.5, 0.75, 0.85, 0.95, 0.99, 0.999, 1];
const SIXTY_FOUR = Array.from({ length: 64 }, (_, i) => i / 63);

/** Returns the value at an index of a run of `size` values. */
type Shape = (index: number, size: number, random: InputRandom) => number;

const SHAPES: [name: string, shape: Shape][] = [
  ['all equal', () => 0.1],
  ['all zero', (i) => (i % 2 === 0 ? 0 : -0)],
  ['two values', (i) => (i % 3 === 0 ? 1 : -1)],
  ['two neighbours', (i) => (i % 2 === 0 ? 1 : 1 + Number.EPSILON)],
  ['sorted', (i) => i],
  ['reversed', (i, size) => size - i],
  ['geometric', (i, size) => 2 ** (Math.floor((i * 2000) / size) - 1000)],
  ['geometric, of both signs', (i, size) => (i % 2 === 0 ? 1 : -1) * 2 ** (Math.floor((i * 2000) / size) - 1000)],
  ['one outlier', (i, size) => (i === size >> 1 ? 1e300 : (i % 7) / 10)],
  ['one outlier below', (i, size) => (i === size >> 1 ? -1e300 : (i % 7) / 10)],
  ['an outlier at either end', (i, size) => (i === 0 ? Number.MAX_VALUE : i === size - 1 ? -Number.MAX_VALUE : i)],
  ['negative', (i) => -1 - ((i * 37) % 101)],
  ['around zero', (i, size) => i - size / 2],
  ['the same in their upper 32 bits', (_i, _size, random) => 1 + random.below(2 ** 31) * Number.EPSILON],
  ['negative, the same in their upper 32 bits', (_i, _size, random) => -1 - random.below(2 ** 31) * Number.EPSILON],
  ['clusters that differ in low bits', (_i, _size, random) => 2 ** random.below(4) * (1 + random.below(9) * Number.EPSILON)],
  ['a cluster in a cluster', (_i, _size, random) => 1 + 2 ** -random.below(52)],
  ['subnormal', (_i, _size, random) => (random.below(2 ** 31) - 2 ** 30) * 5e-324],
  ['small integers', (_i, _size, random) => random.below(10)],
  ['normal', (_i, _size, random) => random.normal()],
];

function expectPercentiles(make: Variant['make'], values: readonly number[], percentiles: readonly number[]): void {
  const recorder = new Recorder(make({ percentiles }));
  for (const value of values) recorder.record({ startSeconds: 0, code: HISTOGRAM, value });
  const [report] = recorder.flush();
  const sorted = Float64Array.from(values, (value) => value + 0).sort();
  expect([...report.values.subarray(4)]).toEqual(percentiles.map((percentile) => percentileOf(sorted, percentile)));
}

test('the model rounds halves to even', () => {
  expect([-0.5, 0.5, 1.5, 2.5, 3.5, 2.4999, 2.5001, -1.5].map(roundHalfEven)).toEqual([0, 0, 2, 2, 4, 2, 3, -2]);
});

describe.each(variants)('percentiles of the $name engine', ({ make }) => {
  test.each(SHAPES)('are right for values of the shape "%s"', (_name, toValue) => {
    const random = new InputRandom(5);
    for (const size of SIZES) {
      const values = Array.from({ length: size }, (_, i) => toValue(i, size, random));
      expectPercentiles(make, values, PERCENTILES);
      if (size >= 20) expectPercentiles(make, values, SIXTY_FOUR);
    }
  });

  test('are not reported when none are asked for', () => {
    const recorder = new Recorder(make({ percentiles: [] }));
    for (let i = 0; i < 1500; i++) recorder.record({ startSeconds: 0, code: HISTOGRAM, value: i });
    expect([...recorder.flush()[0].values]).toEqual([1500, 0, 1499, (1499 * 1500) / 2]);
  });

  test('are the sample itself if more than 1000 samples are equal', () => {
    for (const size of [1001, 5000]) {
      const recorder = new Recorder(make({ percentiles: [0, 0.5, 1] }));
      for (let i = 0; i < size; i++) recorder.record({ startSeconds: 0, code: HISTOGRAM, value: 0.1 });
      const [count, min, max, sum, ...percentiles] = recorder.flush()[0].values;
      expect({ count, min, max, percentiles }).toEqual({ count: size, min: 0.1, max: 0.1, percentiles: [0.1, 0.1, 0.1] });
      expect(sum).toBeCloseTo(size / 10, 9);
    }
  });

  test('are the samples at their ranks when sorted, whatever doubles these are', () => {
    const cluster = fc
      .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 300 }), fc.nat(52), fc.nat(2 ** 30))
      .map(([center, count, bits, seed]) => {
        const random = new InputRandom(seed);
        return Array.from({ length: count }, () => center * (1 + random.below(64) * 2 ** -bits)).filter(Number.isFinite);
      });
    const values = fc
      .array(fc.oneof(cluster, fc.subarray([...SPECIAL_VALUES])), { minLength: 1, maxLength: 12 })
      .map((lists) => lists.flat().slice(0, 1000))
      .filter((list) => list.length > 0);
    fc.assert(
      fc.property(values, percentileLists(1), (list, sorted) => expectPercentiles(make, list, sorted)),
      fixedRuns(repetitions(300, 60)),
    );
  });
});
