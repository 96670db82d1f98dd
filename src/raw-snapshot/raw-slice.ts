// Raw slices: how they cross to the worker, and how they become what an engine would have read there and then.

import { FIRST_PERCENTILE, HISTOGRAM_MAX, HISTOGRAM_MIN, type Slice } from '../engine/engine.js';
import { selectPercentiles } from '../engine/js/percentiles.js';
import type { Part } from '../flush/slice-sink.js';
import { DISTRIBUTION, HISTOGRAM, KIND_MASK, TIMING } from '../model/kinds.js';

/** A slice whose columns lie in shared memory: its values, then its codes, then its ends. */
export interface SharedSlice extends Pick<Slice, 'startSeconds' | 'length' | 'continues'> {
  readonly columns: SharedArrayBuffer;
}

/** The columns of a slice in one piece of shared memory. */
export function copyColumns({ length, codes, ends, values }: Slice): SharedArrayBuffer {
  const valueCount = length === 0 ? 0 : ends[length - 1];
  const columns = new SharedArrayBuffer(valueCount * 8 + length * 8);
  const words = new Int32Array(columns, valueCount * 8);
  new Float64Array(columns, 0, valueCount).set(values.subarray(0, valueCount));
  words.set(codes.subarray(0, length));
  words.set(ends.subarray(0, length), length);
  return columns;
}

/** As a slice again. */
export function sliceOf({ startSeconds, length, continues, columns }: SharedSlice): Slice {
  const valueCount = columns.byteLength / 8 - length;
  const codes = new Int32Array(columns, valueCount * 8, length);
  const ends = new Int32Array(columns, valueCount * 8 + length * 4, length);
  return { startSeconds, length, codes, ends, values: new Float64Array(columns, 0, valueCount), continues };
}

/** Selects the percentiles of raw slices. Both engines do it by one algorithm, and to the same bits; here it is the one in TypeScript. */
export class PercentileSelector {
  readonly #percentiles: readonly number[];
  #codes = new Int32Array(0);
  #ends = new Int32Array(0);
  #values = new Float64Array(0);

  /** @param percentiles Ascending, each from 0 to 1. */
  constructor(percentiles: readonly number[]) {
    this.#percentiles = percentiles;
  }

  /** The cells of these parts as `Snapshot.read` gives them. The columns are valid until the next call. */
  select({ startSeconds, length, codes, ends, values, continues }: Slice, parts: readonly Part[]): Slice {
    const percentiles = this.#percentiles;
    this.#reserve(length, values.length + length * percentiles.length);
    const target = this.#values;
    let cells = 0;
    let valueEnd = 0;
    let begin = 0;
    for (let i = 0; i < length; i++) {
      const end = ends[i];
      const kind = codes[i] & KIND_MASK;
      if (parts.includes(kind === DISTRIBUTION ? 'distributions' : 'metrics')) {
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
