// A histogram holds the count, minimum, maximum and sum of the samples of an interval, and up to RESERVOIR_CAPACITY of the
// samples themselves, from which percentiles are selected. A timing is the same: see timing.ts.
//
//   cell + 16  f64  sum
//   cell + 24  f64  compensation: see sum.ts
//   cell + 32  f64  minimum
//   cell + 40  f64  maximum
//   cell + 48  f64  number of all samples, kept or not; exact up to 2^53
//   cell + 56  u32  buffer: the block with the kept samples, which begin at HEADER_BYTES
//   cell + 60  u32  size class of the buffer
//
// The first RESERVOIR_CAPACITY samples are kept. After that, the n-th sample replaces a random one with probability
// RESERVOIR_CAPACITY / n, so that every sample of the interval is kept with the same probability (Algorithm R: Vitter,
// "Random sampling with a reservoir", 1985).
//
// Drawing a random number for each sample would cost more than everything else. The samples of a run are therefore
// sampled in groups of 32, in two steps:
//
// 1. k random words are combined by AND. Each bit that is set in all of them names a candidate, so every sample of the
//    group is a candidate with probability 2^-k. The number k is chosen so that 2^-k is the least power of two that is not
//    below RESERVOIR_CAPACITY / n, where n is the number of the group's first sample.
// 2. A candidate that is the n-th sample replaces a random kept one with probability RESERVOIR_CAPACITY / (n 2^-k).
//
// The two probabilities multiply to RESERVOIR_CAPACITY / n. The bits and the replaced slots are independent of each other,
// and the candidates are taken in order, so the result is that of Algorithm R. All samples that remain of a run after
// whole groups are candidates (k = 0), because for a few samples one number each is cheaper than k words.

import { RESERVOIR_CAPACITY } from './layout';
import { allocate, blockBytes, release, SMALLEST_BUFFER } from './memory';
import { selectPercentiles } from './percentiles';
import { nextRandom } from './random';
import { addRunToSum, initializeSum, totalOf } from './sum';

/** Samples in a group: one for each bit of a random word. */
const GROUP: u32 = 32;
const ALL: u32 = 0xffffffff;

const SUM: u32 = 16;
const MIN: u32 = 32;
const MAX: u32 = 40;
const COUNT: u32 = 48;
const BUFFER: u32 = 56;
const CLASS: u32 = 60;
const HEADER_BYTES: u32 = 16;

/** Count, minimum, maximum and sum, which precede the percentiles or the kept samples in a slice. */
const SUMMARY_VALUES: u32 = 4;

/** Begins a new cell. Returns false when memory is exhausted. */
export function initializeHistogram(cell: u32): bool {
  const buffer = allocate(SMALLEST_BUFFER);
  if (buffer == 0) return false;
  initializeSum(cell + SUM);
  store<f64>(cell, Infinity, MIN);
  store<f64>(cell, -Infinity, MAX);
  store<f64>(cell, 0, COUNT);
  store<u32>(cell, buffer, BUFFER);
  store<u32>(cell, SMALLEST_BUFFER, CLASS);
  return true;
}

/**
 * Adds `run` samples, the first of which is at the address `values`. Returns how many were added: fewer than `run` when
 * memory is exhausted.
 */
export function addRunToHistogram(cell: u32, values: usize, run: u32): u32 {
  let count = load<f64>(cell, COUNT);
  let added: u32 = 0;
  if (count < <f64>RESERVOIR_CAPACITY) {
    added = keepRun(cell, <u32>count, values, run);
    count += added;
    if (added < run && count < <f64>RESERVOIR_CAPACITY) run = added;
  }
  if (added < run) {
    sampleRun(load<u32>(cell, BUFFER) + HEADER_BYTES, count, values + (added << 3), run - added);
    count += run - added;
  }
  store<f64>(cell, count, COUNT);
  addRunToSum(cell + SUM, values, run);
  updateExtremes(cell, values, run);
  return run;
}

/** Updates the minimum and maximum, two samples at a time. */
function updateExtremes(cell: u32, values: usize, run: u32): void {
  let minima = f64x2.splat(load<f64>(cell, MIN));
  let maxima = f64x2.splat(load<f64>(cell, MAX));
  const end = values + (run << 3);
  const pairsEnd = values + ((run & ~1) << 3);
  for (let at = values; at < pairsEnd; at += 16) {
    const pair = v128.load(at);
    minima = f64x2.pmin(minima, pair);
    maxima = f64x2.pmax(maxima, pair);
  }
  if (pairsEnd < end) {
    const last = v128.load_splat<f64>(pairsEnd);
    minima = f64x2.pmin(minima, last);
    maxima = f64x2.pmax(maxima, last);
  }
  store<f64>(cell, min<f64>(f64x2.extract_lane(minima, 0), f64x2.extract_lane(minima, 1)), MIN);
  store<f64>(cell, max<f64>(f64x2.extract_lane(maxima, 0), f64x2.extract_lane(maxima, 1)), MAX);
}

/**
 * Keeps samples, which follow the first `count`, until the reservoir is full. Returns how many were kept; the rest found the
 * reservoir full or memory exhausted.
 */
function keepRun(cell: u32, count: u32, values: usize, run: u32): u32 {
  const end = min<u32>(count + run, RESERVOIR_CAPACITY);
  for (let index = count; index < end; index++) {
    const blockClass = load<u32>(cell, CLASS);
    const buffer = load<u32>(cell, BUFFER);
    if (HEADER_BYTES + (index << 3) == blockBytes(blockClass) && growBuffer(cell, buffer, blockClass) == 0) return index - count;
    // In range: the buffer has room for the sample, or was just replaced by a larger one.
    store<f64>(load<u32>(cell, BUFFER) + (index << 3), load<f64>(values + ((index - count) << 3)), HEADER_BYTES);
  }
  return end - count;
}

/** Lets samples, which follow the first `count`, replace others in a full reservoir; see the top of this file. */
function sampleRun(reservoir: usize, count: f64, values: usize, run: u32): void {
  for (let done: u32 = 0; done < run; done += GROUP) {
    const group = min<u32>(run - done, GROUP);
    const first = count + <f64>done + 1;
    let candidates = ALL << (GROUP - group);
    let scale = 1.0;
    if (group == GROUP) {
      for (; first * scale >= <f64>(2 * RESERVOIR_CAPACITY); scale *= 0.5) candidates &= nextRandom();
    }
    while (candidates != 0) {
      const index = clz<u32>(candidates);
      candidates ^= 0x80000000 >> index;
      // The product is computed in doubles because the TypeScript engine has no wider integers. 32 random bits are fine
      // enough for whole groups at any count, because the factor is below 2100 there. For the samples after them, the
      // probability is right to one part in a million up to the four millionth sample of a cell.
      const slot = <f64>nextRandom() * (1.0 / 4294967296.0) * ((first + <f64>index) * scale);
      if (slot < <f64>RESERVOIR_CAPACITY) store<f64>(reservoir + ((<u32>slot) << 3), load<f64>(values + ((done + index) << 3)));
    }
  }
}

/** Moves the kept samples to a buffer of the next size. Returns it, or 0, with nothing changed, when memory is exhausted. */
function growBuffer(cell: u32, buffer: u32, blockClass: u32): u32 {
  const larger = allocate(blockClass + 1);
  if (larger == 0) return 0;
  memory.copy(larger + HEADER_BYTES, buffer + HEADER_BYTES, blockBytes(blockClass) - HEADER_BYTES);
  release(buffer);
  store<u32>(cell, larger, BUFFER);
  store<u32>(cell, blockClass + 1, CLASS);
  return larger;
}

/** Number of kept samples. */
export function keptCount(cell: u32): u32 {
  return <u32>min<f64>(load<f64>(cell, COUNT), <f64>RESERVOIR_CAPACITY);
}

/** Number of values that {@link readHistogram} writes. */
export function histogramValueCount(cell: u32, isRaw: bool, percentileCount: u32): u32 {
  return SUMMARY_VALUES + (isRaw ? keptCount(cell) : percentileCount);
}

/** Writes count, minimum, maximum and sum to `target`, and after them the percentiles or, if raw, the kept samples. */
export function readHistogram(cell: u32, isRaw: bool, percentileCount: u32, target: usize): void {
  const least = load<f64>(cell, MIN);
  const greatest = load<f64>(cell, MAX);
  store<f64>(target, load<f64>(cell, COUNT));
  store<f64>(target, least, 8);
  store<f64>(target, greatest, 16);
  store<f64>(target, totalOf(cell + SUM), 24);
  const samples = load<u32>(cell, BUFFER) + HEADER_BYTES;
  const kept = keptCount(cell);
  if (isRaw) memory.copy(target + 8 * SUMMARY_VALUES, samples, kept << 3);
  else selectPercentiles(samples, kept, least, greatest, percentileCount, target + 8 * SUMMARY_VALUES);
}

/** Frees the buffer. */
export function freeHistogram(cell: u32): void {
  release(load<u32>(cell, BUFFER));
}
