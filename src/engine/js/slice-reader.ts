import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, KIND_MASK, SET, TIMING } from '../../model/kinds.js';
import type { Slice } from '../engine.js';
import { CODE, DOUBLE_BITS, KIND_DOUBLES, SLICE_CAPACITY, VALUE_CAPACITY, WORD_BITS } from './cell-layout.js';
import type { CellContent, Cells, Interval } from './cells.js';
import { readCounter } from './counter.js';
import type { DistributionCell } from './distribution.js';
import { readGauge } from './gauge.js';
import type { HistogramCell } from './histogram.js';
import type { Memory } from './memory.js';
import type { SetCell } from './set.js';
import type { TimingCell } from './timing.js';

/** Reads the cells of an interval into slices; assembly/slice-reader.ts does the same, and explains it. */
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
   * Reads the next cells of the interval into the slice and frees those that do not stay. Returns false when nothing is left to
   * read; then an interval that is not kept is freed, too.
   */
  read(interval: Interval, maxSamples: number, isRaw: boolean, isKept: boolean): boolean {
    const cells = this.#cells;
    const { slice } = this;
    const { codes, ends, values } = slice;
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
        samples++;
      } else {
        if (valueCount === VALUE_CAPACITY) break;
        const { doubles } = cells;
        const at = (cell << DOUBLE_BITS) + KIND_DOUBLES;
        if (kind === COUNTER) {
          values[valueCount++] = readCounter(doubles, at);
          samples++;
        } else if (kind === GAUGE) {
          values[valueCount++] = readGauge(doubles, at);
          samples++;
        } else if (kind === SET) {
          values[valueCount++] = (content as SetCell).count;
          samples++;
        } else if (kind === DISTRIBUTION) {
          const distribution = content as DistributionCell;
          const count = distribution.read(values, valueCount, VALUE_CAPACITY - valueCount, maxSamples - samples, this.#memory);
          if (count === 0) break;
          valueCount += count;
          samples += count;
          slice.continues = distribution.hasUnreadValues;
        } else {
          const histogram = content as HistogramCell | TimingCell;
          const count = histogram.valueCount(isRaw, this.#percentiles.length);
          if (valueCount + count > VALUE_CAPACITY) break;
          histogram.read(values, valueCount, doubles, at, isRaw, this.#percentiles);
          valueCount += count;
          samples += histogram.keptCount;
        }
        codes[length] = code;
        ends[length] = valueCount;
        length++;
        if (slice.continues) break;
      }
      if (isKept && kind !== DISTRIBUTION) {
        cells.markReported(cell, interval);
      } else {
        if (content !== undefined) this.#freeBlocks(content, kind);
        cells.remove(interval, isKept);
      }
    }
    slice.length = length;
    if (length > 0 || samples >= maxSamples) return true;
    if (isKept) cells.endReport();
    else cells.closeInterval(interval);
    return false;
  }

  /** Frees the blocks that a cell owns. Reading a distribution has freed its blocks. */
  #freeBlocks(content: CellContent, kind: number): void {
    if (kind === SET) (content as SetCell).free(this.#memory);
    else if (kind === HISTOGRAM || kind === TIMING) (content as HistogramCell | TimingCell).free(this.#memory);
  }
}
