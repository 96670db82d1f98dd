// Reading an interval out, a slice at a time, into columns that the host reads: for each cell its code and where its
// values end. A counter, a gauge and a set have one value; a histogram and a timing have count, min, max, sum and the
// percentiles, or raw, in their place, the kept samples; a distribution has all that were recorded, and may go on in the
// next slice.
//
// An interval is taken out, or it is kept for late samples: then its cells stay, but for distributions, and only those
// are read that have changed since they were read last. What did not change is not read again when it is taken out.

import {
  COUNTER,
  closeInterval,
  codeOf,
  DISTRIBUTION,
  endReport,
  firstCell,
  GAUGE,
  HISTOGRAM,
  isUnchanged,
  KIND_MASK,
  keepCell,
  nextToReport,
  removeCell,
  SET,
  TIMING,
} from './cells';
import { firstBlockCount, takeFirstBlock } from './distribution';
import { freeHistogram, histogramCount, histogramMax, histogramMin, histogramSum, keptCount, keptSamples } from './histogram';
import { SLICE_CAPACITY, SLICE_CODES, SLICE_ENDS, SLICE_VALUES, VALUE_CAPACITY } from './layout';
import { selectPercentiles } from './percentiles';
import { counterTotal, gaugeValue } from './samples';
import { freeSet, setCount } from './set';

let percentileCount: u32 = 0;

/** Whether the last cell of the slice just read goes on in the next. */
export let sliceContinues: bool = false;

export function initialize(percentiles: u32): void {
  percentileCount = percentiles;
}

/**
 * Reads the interval's next cells into the slice and, unless the interval is kept, frees them; gives their number, which
 * is 0 when it only freed some. It stops before the kept samples it has worked through exceed `maxSamples` by more than
 * one cell's. -1 means that the interval is used up, and frees it unless it is kept.
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
      const target = SLICE_VALUES + (values << 3);
      if (kind == COUNTER || kind == GAUGE || kind == SET) {
        if (values == VALUE_CAPACITY) break;
        if (kind == COUNTER) store<f64>(target, counterTotal(cell));
        else if (kind == GAUGE) store<f64>(target, gaugeValue(cell));
        else store<f64>(target, <f64>setCount(cell));
        values++;
        samples++;
      } else if (kind == DISTRIBUTION) {
        let count = firstBlockCount(cell);
        while (count != 0 && values + count <= VALUE_CAPACITY) {
          takeFirstBlock(cell, SLICE_VALUES + (values << 3));
          values += count;
          samples += count;
          count = firstBlockCount(cell);
        }
        sliceContinues = count != 0;
      } else {
        const kept = keptCount(cell);
        const more = isRaw ? kept : percentileCount;
        if (values + 4 + more > VALUE_CAPACITY) break;
        store<f64>(target, histogramCount(cell));
        store<f64>(target, histogramMin(cell), 8);
        store<f64>(target, histogramMax(cell), 16);
        store<f64>(target, histogramSum(cell), 24);
        if (isRaw) memory.copy(target + 32, keptSamples(cell), kept << 3);
        else selectPercentiles(keptSamples(cell), kept, histogramMin(cell), histogramMax(cell), percentileCount, target + 32);
        values += 4 + more;
        samples += kept;
      }
      store<u32>(SLICE_CODES + (cells << 2), code);
      store<u32>(SLICE_ENDS + (cells << 2), values);
      cells++;
      if (sliceContinues) break;
    }
    if (isKept && kind != DISTRIBUTION) {
      keepCell(cell);
    } else {
      if (kind == SET) freeSet(cell);
      else if (kind == HISTOGRAM || kind == TIMING) freeHistogram(cell);
      removeCell(interval, isKept);
    }
  }
  if (cells > 0 || samples >= maxSamples) return cells;
  if (isKept) endReport();
  else closeInterval(interval);
  return -1;
}

/** Puts the percentiles of the first `count` of the slice's values, all of them kept samples of one cell, behind these. */
export function selectOfSlice(count: u32): void {
  const end = SLICE_VALUES + (count << 3);
  let least = Infinity;
  let greatest = -Infinity;
  for (let at = SLICE_VALUES; at < end; at += 8) {
    least = min<f64>(least, load<f64>(at));
    greatest = max<f64>(greatest, load<f64>(at));
  }
  selectPercentiles(SLICE_VALUES, count, least, greatest, percentileCount, end);
}
