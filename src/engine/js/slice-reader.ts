import { COUNTER, DISTRIBUTION, GAUGE, KIND_MASK, SET } from '../../model/kinds.js';
import type { Slice } from '../engine.js';
import { CODE, DOUBLE_BITS, VALUE, WORD_BITS } from './cell-layout.js';
import type { Cells, Content, Interval } from './cells.js';
import type { DistributionCell } from './distribution.js';
import { HistogramCell } from './histogram.js';
import type { Memory } from './memory.js';
import { selectPercentiles } from './percentiles.js';
import { SetCell } from './set.js';

const SLICE_CAPACITY = 4096;
const VALUE_CAPACITY = 16384;

/** Reads cells out into a slice, as assembly/snapshot.ts does. */
export class SliceReader {
  readonly slice: Slice = {
    startSeconds: 0,
    length: 0,
    codes: new Int32Array(SLICE_CAPACITY),
    ends: new Int32Array(SLICE_CAPACITY),
    values: new Float64Array(VALUE_CAPACITY),
    continues: false,
  };
  readonly #cells: Cells;
  readonly #memory: Memory;
  readonly #percentiles: readonly number[];

  constructor(cells: Cells, memory: Memory, percentiles: readonly number[]) {
    this.#cells = cells;
    this.#memory = memory;
    this.#percentiles = percentiles;
  }

  /**
   * Reads the interval's next cells into the slice and, unless the interval is kept, frees them; see assembly/snapshot.ts.
   * False when the interval is used up, and freed unless it is kept.
   */
  read(interval: Interval, maxSamples: number, isRaw: boolean, isKept: boolean): boolean {
    const cells = this.#cells;
    const { slice } = this;
    slice.startSeconds = interval.startSeconds;
    slice.continues = false;
    let length = 0;
    let valueCount = 0;
    let samples = 0;
    while (length < SLICE_CAPACITY && samples < maxSamples) {
      const cell = isKept ? cells.nextToReport(interval) : interval.first;
      if (cell === 0) break;
      const content = cells.contents[cell];
      const code = cells.words[(cell << WORD_BITS) + CODE];
      const kind = code & KIND_MASK;
      if (cells.isUnchanged(cell)) {
        this.#freeContent(content);
        cells.remove(interval, false);
        samples++;
        continue;
      }
      if (valueCount === VALUE_CAPACITY) break;
      if (kind === COUNTER) {
        slice.values[valueCount++] = cells.totalOf(cell);
        samples++;
      } else if (kind === GAUGE) {
        slice.values[valueCount++] = cells.doubles[(cell << DOUBLE_BITS) + VALUE];
        samples++;
      } else if (kind === SET) {
        slice.values[valueCount++] = (content as SetCell).count;
        samples++;
      } else if (kind === DISTRIBUTION) {
        const { blocks } = content as DistributionCell;
        while (blocks.length > 0 && valueCount + blocks[0].count <= VALUE_CAPACITY) {
          const block = blocks.shift()!;
          slice.values.set(block.values.subarray(0, block.count), valueCount);
          valueCount += block.count;
          samples += block.count;
          this.#memory.release(block);
        }
        slice.continues = blocks.length > 0;
      } else {
        const histogram = content as HistogramCell;
        const { count, min, max, block, keptCount } = histogram;
        const more = isRaw ? keptCount : this.#percentiles.length;
        if (valueCount + 4 + more > VALUE_CAPACITY) break;
        slice.values[valueCount] = count;
        slice.values[valueCount + 1] = min;
        slice.values[valueCount + 2] = max;
        slice.values[valueCount + 3] = cells.totalOf(cell);
        if (isRaw) slice.values.set(block.values.subarray(0, keptCount), valueCount + 4);
        else selectPercentiles(block.values, keptCount, min, max, this.#percentiles, slice.values, valueCount + 4);
        valueCount += 4 + more;
        samples += keptCount;
      }
      slice.codes[length] = code;
      slice.ends[length] = valueCount;
      length++;
      if (slice.continues) break;
      if (isKept && kind !== DISTRIBUTION) {
        cells.keep(cell, interval);
      } else {
        this.#freeContent(content);
        cells.remove(interval, isKept);
      }
    }
    slice.length = length;
    if (length > 0 || samples >= maxSamples) return true;
    if (isKept) cells.endReport();
    else cells.closeInterval(interval);
    return false;
  }

  /** Frees what a cell holds beside numbers; a distribution that was read holds nothing. */
  #freeContent(content: Content | undefined): void {
    if (content instanceof SetCell) content.free(this.#memory);
    else if (content instanceof HistogramCell) this.#memory.release(content.block);
  }
}
