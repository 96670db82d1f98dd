// A counter holds the sum of the samples of an interval.
//
//   cell + 16  f64  sum
//   cell + 24  f64  compensation: see sum.ts
//
// It owns no block: when its cell is freed, nothing is left to free.

import { addRunToSum, initializeSum, totalOf } from './sum';

const SUM: u32 = 16;

/** Begins a new cell. */
export function initializeCounter(cell: u32): void {
  initializeSum(cell + SUM);
}

/** Adds `run` samples, the first of which is at the address `values`. */
export function addRunToCounter(cell: u32, values: usize, run: u32): void {
  addRunToSum(cell + SUM, values, run);
}

/** Returns the sum. */
export function readCounter(cell: u32): f64 {
  return totalOf(cell + SUM);
}
