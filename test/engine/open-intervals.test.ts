import { expect, test } from 'vitest';
import { OpenIntervals } from '../../src/engine/open-intervals.js';

const everything = Number.POSITIVE_INFINITY;

test('intervals are found by their starts, and taken from the end oldest first', () => {
  const intervals = new OpenIntervals<string>();
  expect(intervals.isEmpty).toBe(true);
  for (const start of [20, -10, 1e300, 0, 100, 9]) intervals.add(start, `interval ${start}`);
  expect([intervals.get(9), intervals.getToChange(9)]).toEqual(['interval 9', 'interval 9']);
  expect([intervals.get(10), intervals.getToChange(10)]).toEqual([undefined, undefined]);

  const taken = intervals.take(20, everything);
  expect([taken.pop(), taken.pop(), taken.pop(), taken.pop()]).toEqual([
    { startSeconds: -10, handle: 'interval -10', isKept: false },
    { startSeconds: 0, handle: 'interval 0', isKept: false },
    { startSeconds: 9, handle: 'interval 9', isKept: false },
    undefined,
  ]);
  expect(intervals.get(9)).toBeUndefined();
  expect(intervals.isEmpty).toBe(false);
  expect(intervals.take(everything, everything).map(({ startSeconds }) => startSeconds)).toEqual([1e300, 100, 20]);
  expect(intervals.isEmpty).toBe(true);
});

test('those that are kept are found, but taken again only once they changed or are not kept any more', () => {
  const intervals = new OpenIntervals<string>();
  const take = (before: number, keepFrom: number) =>
    intervals.take(before, keepFrom).map(({ startSeconds, isKept }) => `${startSeconds}${isKept ? ' kept' : ''}`);
  for (const start of [30, 10, 0, 20]) intervals.add(start, 'any');
  expect(take(30, 10)).toEqual(['20 kept', '10 kept', '0']);
  expect([intervals.get(20), intervals.get(10), intervals.get(0), intervals.isEmpty]).toEqual(['any', 'any', undefined, false]);
  expect(take(30, 10)).toEqual([]);
  expect([intervals.getToChange(10), intervals.getToChange(10), intervals.getToChange(0)]).toEqual(['any', 'any', undefined]);
  expect(take(10, 10)).toEqual([]);
  expect(take(40, 10)).toEqual(['30 kept', '10 kept']);
  expect(intervals.isEmpty).toBe(true);
  // Nothing that starts at the moment or later, whatever is kept.
  expect(take(20, 30)).toEqual(['10']);
  expect(take(everything, everything)).toEqual(['30', '20']);
  expect(intervals.get(20)).toBeUndefined();
});
