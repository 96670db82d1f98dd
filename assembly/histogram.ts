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
//
// A run's samples are chosen among in groups of 32, because a random number for each would cost more than all else: the
// bits that are set in all of k random words name candidates, each with probability 2^-k, the least power that is not
// below RESERVOIR_CAPACITY / n for the first n of the group. The n-th, as a candidate, replaces another with the
// probability RESERVOIR_CAPACITY / (n 2^-k), and so with RESERVOIR_CAPACITY / n in all. Bits and slots are independent of
// each other, and candidates take their turns in order, as in Algorithm R. What a run leaves beyond whole groups are
// candidates all, with k = 0: for a few samples a number each costs less than k words.

import { allocate, blockBytes, FIRST_BUFFER, release } from './memory';
import { nextRandom } from './random';
import { addRunToSum, initializeSum, totalOf } from './sum';

export const RESERVOIR_CAPACITY: u32 = 1000;

/** Samples of a group: as many as a word has bits. */
const GROUP: u32 = 32;
const ALL: u32 = 0xffffffff;

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

/** Adds `run` samples from `values` on; gives how many before memory was exhausted. */
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
  widen(cell, values, run);
  return run;
}

/** Takes samples into the minimum and maximum, two at a time. */
function widen(cell: u32, values: usize, run: u32): void {
  let leasts = f64x2.splat(load<f64>(cell, MIN));
  let greatests = f64x2.splat(load<f64>(cell, MAX));
  const end = values + (run << 3);
  const pairsEnd = values + ((run & ~1) << 3);
  for (let at = values; at < pairsEnd; at += 16) {
    const pair = v128.load(at);
    leasts = f64x2.pmin(leasts, pair);
    greatests = f64x2.pmax(greatests, pair);
  }
  if (pairsEnd < end) {
    const last = v128.load_splat<f64>(pairsEnd);
    leasts = f64x2.pmin(leasts, last);
    greatests = f64x2.pmax(greatests, last);
  }
  store<f64>(cell, min<f64>(f64x2.extract_lane(leasts, 0), f64x2.extract_lane(leasts, 1)), MIN);
  store<f64>(cell, max<f64>(f64x2.extract_lane(greatests, 0), f64x2.extract_lane(greatests, 1)), MAX);
}

/** Keeps samples after the first `count` until the reservoir is full; gives how many. */
function keepRun(cell: u32, count: u32, values: usize, run: u32): u32 {
  const end = min<u32>(count + run, RESERVOIR_CAPACITY);
  for (let index = count; index < end; index++) {
    const blockClass = load<u32>(cell, CLASS);
    const buffer = load<u32>(cell, BUFFER);
    if (HEADER_BYTES + (index << 3) == blockBytes(blockClass) && growBuffer(cell, buffer, blockClass) == 0) return index - count;
    // In range: the buffer is, or was just made, larger than index * 8.
    store<f64>(load<u32>(cell, BUFFER) + (index << 3), load<f64>(values + ((index - count) << 3)), HEADER_BYTES);
  }
  return end - count;
}

/** Lets samples that follow the first `count` replace others in a full reservoir. */
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
      // Multiplied in doubles, as the TypeScript engine must. 32 random bits are fine enough for any count in whole
      // groups, where the factor is below 2100; for the samples beyond them the probability is right to one part in a
      // million up to the four millionth of a cell.
      const slot = <f64>nextRandom() * (1.0 / 4294967296.0) * ((first + <f64>index) * scale);
      if (slot < <f64>RESERVOIR_CAPACITY) store<f64>(reservoir + ((<u32>slot) << 3), load<f64>(values + ((done + index) << 3)));
    }
  }
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
