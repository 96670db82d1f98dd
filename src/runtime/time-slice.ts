import { nextTurn, nowMilliseconds } from './real-timers.js';

/** A flush lets the event loop do other work after this time. */
export const TIME_SLICE_MILLISECONDS = 2;

/** Calls `step` until it returns false, and lets the event loop do other work whenever `milliseconds` have passed. */
export async function runInTimeSlices(milliseconds: number, step: () => boolean): Promise<void> {
  let endMilliseconds = nowMilliseconds() + milliseconds;
  while (step()) {
    if (nowMilliseconds() < endMilliseconds) continue;
    await nextTurn();
    endMilliseconds = nowMilliseconds() + milliseconds;
  }
}
