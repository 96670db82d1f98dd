// Histograms and timings.
//
//   cell + 16  f64  sum, f64 compensation (sum.ts)
//   cell + 32  f64  min
//   cell + 40  f64  max
//   cell + 48  f64  count: every sample, kept or not; exact to 2^53
//   cell + 56  u32  buffer: block with the kept samples, which begin HEADER_BYTES in
//   cell + 60  u32  class of the buffer
//
// The first RESERVOIR_CAPACITY samples are kept. After that the n-th replaces a random one with probability
// RESERVOIR_CAPACITY / n, so every sample of the interval is kept with the same probability (Algorithm R: Vitter,
// "Random sampling with a reservoir", 1985).

import { allocate, blockBytes, FIRST_BUFFER, release } from './memory';
import { nextRandom } from './random';
import { addToSum, initializeSum, totalOf } from './sum';

export const RESERVOIR_CAPACITY: u32 = 1000;

const SUM: u32 = 16;
const MIN: u32 = 32;
const MAX: u32 = 40;
const COUNT: u32 = 48;
const BUFFER: u32 = 56;
const CLASS: u32 = 60;
const HEADER_BYTES: u32 = 16;

/** Fills a new cell; false when memory is exhausted. */
export function initializeHistogram(cell: u32): bool {
  const buffer = allocate(FIRST_BUFFER);
  if (buffer == 0) return false;
  initializeSum(cell + SUM);
  store<f64>(cell, Infinity, MIN);
  store<f64>(cell, -Infinity, MAX);
  store<f64>(cell, 0, COUNT);
  store<u32>(cell, buffer, BUFFER);
  store<u32>(cell, FIRST_BUFFER, CLASS);
  return true;
}

/** Adds a sample; false, and nothing changed, when memory is exhausted. */
export function addToHistogram(cell: u32, value: f64): bool {
  const count = load<f64>(cell, COUNT) + 1;
  if (count <= <f64>RESERVOIR_CAPACITY) {
    const index = <u32>count - 1;
    let buffer = load<u32>(cell, BUFFER);
    const blockClass = load<u32>(cell, CLASS);
    if (HEADER_BYTES + (index << 3) == blockBytes(blockClass)) {
      buffer = growBuffer(cell, buffer, blockClass);
      if (buffer == 0) return false;
    }
    // In range: the buffer was just found, or made, larger than index * 8.
    store<f64>(buffer + (index << 3), value, HEADER_BYTES);
  } else {
    // Multiplied in doubles, as the TypeScript engine must: with 32 random bits the error is below one part in a
    // million up to 4 million samples a cell.
    const slot = <f64>nextRandom() * (1.0 / 4294967296.0) * count;
    if (slot < <f64>RESERVOIR_CAPACITY) store<f64>(load<u32>(cell, BUFFER) + ((<u32>slot) << 3), value, HEADER_BYTES);
  }
  store<f64>(cell, count, COUNT);
  addToSum(cell + SUM, value);
  store<f64>(cell, min<f64>(load<f64>(cell, MIN), value), MIN);
  store<f64>(cell, max<f64>(load<f64>(cell, MAX), value), MAX);
  return true;
}

function growBuffer(cell: u32, buffer: u32, blockClass: u32): u32 {
  const larger = allocate(blockClass + 1);
  if (larger == 0) return 0;
  memory.copy(larger + HEADER_BYTES, buffer + HEADER_BYTES, blockBytes(blockClass) - HEADER_BYTES);
  release(buffer);
  store<u32>(cell, larger, BUFFER);
  store<u32>(cell, blockClass + 1, CLASS);
  return larger;
}

export function histogramCount(cell: u32): f64 {
  return load<f64>(cell, COUNT);
}

export function histogramMin(cell: u32): f64 {
  return load<f64>(cell, MIN);
}

export function histogramMax(cell: u32): f64 {
  return load<f64>(cell, MAX);
}

export function histogramSum(cell: u32): f64 {
  return totalOf(cell + SUM);
}

/** Address of the kept samples. */
export function keptSamples(cell: u32): u32 {
  return load<u32>(cell, BUFFER) + HEADER_BYTES;
}

/** Number of kept samples. */
export function keptCount(cell: u32): u32 {
  return <u32>min<f64>(load<f64>(cell, COUNT), <f64>RESERVOIR_CAPACITY);
}

export function freeHistogram(cell: u32): void {
  release(load<u32>(cell, BUFFER));
}
