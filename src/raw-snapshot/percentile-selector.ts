import { FIRST_PERCENTILE, HISTOGRAM_MAX, HISTOGRAM_MIN, type Slice } from '../engine/engine.js';
import { selectPercentiles } from '../engine/js/percentiles.js';
import type { RowSort } from '../flush/slice-sink.js';
import { DISTRIBUTION, HISTOGRAM, KIND_MASK, TIMING } from '../model/kinds.js';

/** Selects the percentiles of raw slices by the algorithm of the TypeScript engine. Both engines return the same bits. */
export class PercentileSelector {
  readonly #percentiles: readonly number[];
  #codes = new Int32Array(0);
  #ends = new Int32Array(0);
  #values = new Float64Array(0);

  /** @param percentiles Ascending, each from 0 to 1. */
  constructor(percentiles: readonly number[]) {
    this.#percentiles = percentiles;
  }

  /** Returns the cells that become rows of these sorts, as `Snapshot.read` does. The columns are valid until the next call. */
  select({ startSeconds, length, codes, ends, values, continues }: Slice, sorts: readonly RowSort[]): Slice {
    const percentiles = this.#percentiles;
    this.#reserve(length, values.length + length * percentiles.length);
    const target = this.#values;
    let cells = 0;
    let valueEnd = 0;
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const end = ends[i];
      const kind = codes[i] & KIND_MASK;
      if (sorts.includes(kind === DISTRIBUTION ? 'distributions' : 'metrics')) {
        const isSampled = kind === HISTOGRAM || kind === TIMING;
        const plainEnd = isSampled ? begin + FIRST_PERCENTILE : end;
        for (let at = begin; at < plainEnd; at++) target[valueEnd++] = values[at];
        if (isSampled) {
          const samples = values.subarray(plainEnd, end);
          const least = values[begin + HISTOGRAM_MIN];
          selectPercentiles(samples, end - plainEnd, least, values[begin + HISTOGRAM_MAX], percentiles, target, valueEnd);
          valueEnd += percentiles.length;
        }
        this.#codes[cells] = codes[i];
        this.#ends[cells] = valueEnd;
        cells++;
      }
      begin = end;
    }
    return { startSeconds, length: cells, codes: this.#codes, ends: this.#ends, values: target, continues };
  }

  #reserve(cells: number, values: number): void {
    if (cells > this.#codes.length) {
      this.#codes = new Int32Array(cells);
      this.#ends = new Int32Array(cells);
    }
    if (values > this.#values.length) this.#values = new Float64Array(values);
  }
}
