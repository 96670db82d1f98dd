import { expect, test } from 'vitest';
import { OpenIntervals } from '../../src/engine/open-intervals.js';

const everything = Number.POSITIVE_INFINITY;

test('an interval is found by its start until it is taken', () => {
  const intervals = new OpenIntervals<string>();
  for (const start of [20, -10, 9]) intervals.add(start, `interval ${start}`);
  expect(intervals.getForUpdate(9)).toBe('interval 9');
  expect(intervals.getForUpdate(10)).toBeUndefined();
  intervals.take(20, everything);
  expect(intervals.getForUpdate(9)).toBeUndefined();
  expect(intervals.getForUpdate(20)).toBe('interval 20');
});

test('intervals are taken from the end, oldest first, up to a start that is not taken itself', () => {
  const intervals = new OpenIntervals<string>();
  for (const start of [20, -10, 1e300, 0, 100, 9]) intervals.add(start, `interval ${start}`);
  expect(intervals.take(20, everything).reverse()).toEqual([
    { startSeconds: -10, handle: 'interval -10', isKept: false },
    { startSeconds: 0, handle: 'interval 0', isKept: false },
    { startSeconds: 9, handle: 'interval 9', isKept: false },
  ]);
  expect(intervals.isEmpty).toBe(false);
  expect(intervals.take(everything, everything).map(({ startSeconds }) => startSeconds)).toEqual([1e300, 100, 20]);
  expect(intervals.isEmpty).toBe(true);
});

test('a kept interval is taken again only when it has changed or is kept no longer', () => {
  const intervals = new OpenIntervals<string>();
  const take = (before: number, keepFrom: number) =>
    intervals.take(before, keepFrom).map(({ startSeconds, isKept }) => `${startSeconds}${isKept ? ' kept' : ''}`);
  for (const start of [30, 10, 0, 20]) intervals.add(start, 'any');
  expect(take(30, 10)).toEqual(['20 kept', '10 kept', '0']);
  // The interval at 30 has something to report.
  expect(intervals.isEmpty).toBe(false);
  expect(take(30, 10)).toEqual([]);
  expect(intervals.getForUpdate(10)).toBe('any');
  expect(intervals.getForUpdate(0)).toBeUndefined();
  expect(take(10, 10)).toEqual([]);
  expect(take(40, 10)).toEqual(['30 kept', '10 kept']);
  expect(intervals.isEmpty).toBe(true);
  // An interval that starts at the moment of the flush is not taken, even if it would not be kept.
  expect(take(20, 30)).toEqual(['10']);
  expect(take(everything, everything)).toEqual(['30', '20']);
  expect(intervals.getForUpdate(20)).toBeUndefined();
});
