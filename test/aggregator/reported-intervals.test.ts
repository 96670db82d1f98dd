import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReportedIntervals } from '../../src/aggregator/intervals.js';

describe('the interval for a sample without a timestamp', () => {
  test('is the interval of the clock until that was reported', () => {
    const intervals = new ReportedIntervals();
    expect([100, 110, 100].map((start) => intervals.firstOpen(start, 10))).toEqual([100, 110, 100]);
    intervals.add(110);
    expect([100, 110, 120].map((start) => intervals.firstOpen(start, 10))).toEqual([110, 110, 120]);
    // The interval at 90 has no samples, so it was not reported.
    expect(intervals.firstOpen(90, 10)).toBe(90);
  });

  test('is the interval of the clock after a step back of more than ten minutes', () => {
    const intervals = new ReportedIntervals();
    for (let start = 0; start < 620; start += 10) intervals.firstOpen(start, 10);
    intervals.add(620);
    expect([0, 10, 20, 300, 610].map((start) => intervals.firstOpen(start, 10))).toEqual([0, 10, 620, 620, 620]);
  });

  test('is found at a time so far away that an interval later is the same number', () => {
    const intervals = new ReportedIntervals();
    intervals.firstOpen(1e19, 10);
    intervals.add(2e19);
    expect(intervals.firstOpen(1e19, 10)).toBe(1e19);
  });

  test('may be a reported one again after a thousand others were reported', () => {
    const intervals = new ReportedIntervals();
    for (let start = 0; start < 10_000; start++) {
      expect(intervals.firstOpen(start, 1)).toBe(start);
      intervals.add(start + 1);
    }
    expect(intervals.firstOpen(0, 1)).toBe(0);
    expect(intervals.firstOpen(9_500, 1)).toBe(10_000);
  });

  test('is never a reported one, however the clock jumps within ten minutes', () => {
    const step = fc.record({ seconds: fc.integer({ min: 0, max: 600 }), flushes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const intervals = new ReportedIntervals();
        const open = new Set<number>();
        const reported = new Set<number>();
        for (const { seconds, flushes } of steps) {
          const now = seconds - (seconds % 10);
          const start = intervals.firstOpen(now, 10);
          expect(start).toBeGreaterThanOrEqual(now);
          expect(reported.has(start)).toBe(false);
          open.add(start);
          if (!flushes) continue;
          intervals.add(now);
          for (const each of open) {
            if (each >= now) continue;
            open.delete(each);
            reported.add(each);
          }
        }
      }),
      { seed: 1 },
    );
  });
});
