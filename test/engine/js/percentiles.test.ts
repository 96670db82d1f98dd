import { expect, test } from 'vitest';
import { selectPercentiles } from '../../../src/engine/js/percentiles.js';
import { percentileOf } from '../support/model.js';
import { InputRandom } from '../support/random.js';

test.each([1, 3, 24, 25, 1000])(
  'percentiles of %d samples are selected from a view of shared memory, which stays as it is',
  (count) => {
    const random = new InputRandom(3);
    const samples = new Float64Array(new SharedArrayBuffer(8 * 1002)).subarray(1, 1 + count);
    for (let i = 0; i < count; i++) samples[i] = random.normal();
    const before = samples.slice();
    const sorted = samples.slice().sort();
    const target = new Float64Array(5).fill(-1);
    selectPercentiles(samples, count, sorted[0], sorted[count - 1], [0, 0.5, 1], target, 1);
    expect([...target]).toEqual([-1, sorted[0], percentileOf(sorted, 0.5), sorted[count - 1], -1]);
    expect(samples.slice()).toEqual(before);
  },
);
