import { expect, test } from 'vitest';
import { OpenIntervals } from '../../src/engine/open-intervals.js';

test('intervals are found by their starts, and taken from the end oldest first', () => {
  const intervals = new OpenIntervals<string>();
  expect(intervals.isEmpty).toBe(true);
  for (const start of [20, -10, 1e300, 0, 100, 9]) intervals.add(start, `interval ${start}`);
  expect(intervals.get(9)).toBe('interval 9');
  expect(intervals.get(10)).toBeUndefined();

  const taken = intervals.takeBefore(20);
  expect([taken.pop(), taken.pop(), taken.pop(), taken.pop()]).toEqual([
    [-10, 'interval -10'],
    [0, 'interval 0'],
    [9, 'interval 9'],
    undefined,
  ]);
  expect(intervals.get(9)).toBeUndefined();
  expect(intervals.isEmpty).toBe(false);
  expect(intervals.takeBefore(Number.POSITIVE_INFINITY).map(([start]) => start)).toEqual([1e300, 100, 20]);
  expect(intervals.isEmpty).toBe(true);
});
