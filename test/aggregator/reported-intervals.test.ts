import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReportedIntervals } from '../../src/aggregator/intervals.js';

describe('the interval for a sample without a timestamp', () => {
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
