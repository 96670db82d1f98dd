import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Timer } from '../../src/client/timer.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('Timer', () => {
  it('records and returns the elapsed seconds', () => {
    const record = vi.fn();
    const timer = new Timer(record);
    vi.advanceTimersByTime(1500);
    expect(timer.stop()).toBe(1.5);
    expect(record.mock.calls).toEqual([[1.5]]);
  });

  it('records once, and returns the same seconds if it is stopped again', () => {
    const record = vi.fn();
    const timer = new Timer(record);
    vi.advanceTimersByTime(20);
    timer.stop();
    vi.advanceTimersByTime(20);
    expect(timer.stop()).toBe(0.02);
    timer[Symbol.dispose]();
    expect(record).toHaveBeenCalledOnce();
  });

  it('stops at the end of a `using` block, even after a throw', () => {
    const record = vi.fn();
    expect(() => {
      using _timer = new Timer(record);
      vi.advanceTimersByTime(30);
      throw new Error('thrown');
    }).toThrow('thrown');
    expect(record.mock.calls).toEqual([[0.03]]);
  });

  it('is not affected by changes of the wall clock', () => {
    const timer = new Timer(() => {});
    vi.setSystemTime(0);
    vi.advanceTimersByTime(10);
    expect(timer.stop()).toBe(0.01);
  });
});
