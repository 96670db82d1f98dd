// Reads the cells of an interval into slices. A slice consists of columns: for each cell its code and the index after its
// last value, and the values of all cells. The file of each kind decides which values a cell has.
//
// The interval is either taken out, and its cells are freed as they are read, or it is kept for late samples. Cells of a
// kept interval stay, except for distributions, whose values must be reported once only, and a read returns only cells that
// have changed since they were last reported. When a kept interval is taken out at last, its unchanged cells are freed without
// being reported again.

import { closeInterval, codeOf, endReport, firstCell, isUnchanged, markReported, nextToReport, removeCell } from './cells';
import { readCounter } from './counter';
import { hasUnreadValues, readDistribution } from './distribution';
import { readGauge } from './gauge';
import { freeHistogram, histogramValueCount, keptCount, readHistogram } from './histogram';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, KIND_MASK, SET, TIMING } from './kinds';
import { SLICE_CAPACITY, SLICE_CODES, SLICE_ENDS, SLICE_VALUES, VALUE_CAPACITY } from './layout';
import { freeSet, readSet } from './set';
import { freeTiming, readTiming } from './timing';

let percentileCount: u32 = 0;

/** Whether the last cell of the slice that was read last goes on in the next slice. */
export let sliceContinues: bool = false;

export function initialize(percentiles: u32): void {
  percentileCount = percentiles;
}

/**
 * Reads the next cells of the interval into the slice and frees those that do not stay. Returns their number, which is 0
 * when the call only freed unchanged cells, or -1 when nothing is left to read; then an interval that is not kept is freed, too.
 *
 * The call ends with the cell at which the kept samples that it has worked through reach `maxSamples`, or amid a distribution with
 * the block at which they do. It ends earlier when the slice is full.
 */
export function readSlice(interval: u32, maxSamples: u32, isRaw: bool, isKept: bool): i32 {
  let cells: u32 = 0;
  let values: u32 = 0;
  let samples: u32 = 0;
  sliceContinues = false;
  while (cells < SLICE_CAPACITY && samples < maxSamples) {
    const cell = isKept ? nextToReport(interval) : firstCell(interval);
    if (cell == 0) break;
    const code = codeOf(cell);
    const kind = code & KIND_MASK;
    if (isUnchanged(cell)) {
      samples++;
    } else {
      if (values == VALUE_CAPACITY) break;
      const target = SLICE_VALUES + (values << 3);
      if (kind == COUNTER || kind == GAUGE || kind == SET) {
        store<f64>(target, kind == COUNTER ? readCounter(cell) : kind == GAUGE ? readGauge(cell) : readSet(cell));
        values++;
        samples++;
      } else if (kind == DISTRIBUTION) {
        const count = readDistribution(cell, target, VALUE_CAPACITY - values, maxSamples - samples);
        if (count == 0) break;
        values += count;
        samples += count;
        sliceContinues = hasUnreadValues(cell);
      } else {
        const count = histogramValueCount(cell, isRaw, percentileCount);
        if (values + count > VALUE_CAPACITY) break;
        if (kind == TIMING) readTiming(cell, isRaw, percentileCount, target);
        else readHistogram(cell, isRaw, percentileCount, target);
        values += count;
        samples += keptCount(cell);
      }
      store<u32>(SLICE_CODES + (cells << 2), code);
      store<u32>(SLICE_ENDS + (cells << 2), values);
      cells++;
      if (sliceContinues) break;
    }
    if (isKept && kind != DISTRIBUTION) {
      markReported(cell);
    } else {
      freeBlocks(cell, kind);
      removeCell(interval, isKept);
    }
  }
  if (cells > 0 || samples >= maxSamples) return cells;
  if (isKept) endReport();
  else closeInterval(interval);
  return -1;
}

/** Frees the blocks that a cell owns. Reading a distribution has freed its blocks. */
function freeBlocks(cell: u32, kind: u32): void {
  if (kind == SET) freeSet(cell);
  else if (kind == HISTOGRAM) freeHistogram(cell);
  else if (kind == TIMING) freeTiming(cell);
}
