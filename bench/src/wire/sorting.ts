import { KIND_BITS, type Slice } from '../../../build/internals.js';
import type { Contexts } from './flushes.js';

/** The most significant key comes first. Rows with the same keys stay in their order. */
export type SortOrder = 'tags, name' | 'name, tags';

/** Number of tags of each context. */
const TAGS = 4;

/** The memory of some cells. */
class Columns {
  codes = new Int32Array(0);
  ends = new Int32Array(0);
  values = new Float64Array(0);

  reserve(cells: number, values: number): void {
    if (cells > this.codes.length) this.codes = new Int32Array(cells);
    if (cells > this.ends.length) this.ends = new Int32Array(cells);
    if (values > this.values.length) this.values = new Float64Array(values);
  }
}

/**
 * Sorts the cells of flushes. Keys are the integers of names and tags: what matters is that equal strings come together. The sort
 * counts the cells of each integer, once for each key (a radix sort), because comparing cells would take several times as long.
 */
export class CellSorter {
  readonly #contexts: Contexts;
  readonly #order: SortOrder;
  readonly #joined = new Columns();
  readonly #sorted = new Columns();
  #cells = new Int32Array(0);
  #nextCells = new Int32Array(0);
  #keys = new Int32Array(0);

  constructor(contexts: Contexts, order: SortOrder) {
    this.#contexts = contexts;
    this.#order = order;
  }

  /** Makes one sorted slice of each group of slices. It is valid until the next one is made. */
  *sortEach(groups: Iterable<readonly Slice[]>): Iterable<Slice> {
    for (const slices of groups) yield this.#sort(slices);
  }

  #sort(slices: readonly Slice[]): Slice {
    const cells = slices.reduce((sum, { length }) => sum + length, 0);
    const values = slices.reduce((sum, slice) => sum + slice.values.length, 0);
    this.#join(slices, cells, values);
    this.#reserve(cells);
    for (let i = 0; i < cells; i++) this.#cells[i] = i;
    if (this.#order === 'tags, name') this.#sortByName(cells);
    for (let index = TAGS - 1; index >= 0; index--) this.#sortByTag(cells, index);
    if (this.#order === 'name, tags') this.#sortByName(cells);
    this.#sorted.reserve(cells, values);
    const { codes, ends } = this.#sorted;
    let end = 0;
    for (let i = 0; i < cells; i++) {
      const cell = this.#cells[i];
      const begin = cell === 0 ? 0 : this.#joined.ends[cell - 1];
      for (let at = begin; at < this.#joined.ends[cell]; at++) this.#sorted.values[end++] = this.#joined.values[at];
      codes[i] = this.#joined.codes[cell];
      ends[i] = end;
    }
    return { ...slices[0], length: cells, codes, ends, values: this.#sorted.values };
  }

  #join(slices: readonly Slice[], cells: number, values: number): void {
    this.#joined.reserve(cells, values);
    let cell = 0;
    let value = 0;
    for (const slice of slices) {
      this.#joined.codes.set(slice.codes, cell);
      this.#joined.values.set(slice.values, value);
      for (let i = 0; i < slice.length; i++) this.#joined.ends[cell++] = value + slice.ends[i];
      value += slice.values.length;
    }
  }

  #sortByName(cells: number): void {
    for (let i = 0; i < cells; i++) this.#keys[i] = this.#contexts.metricId(this.#contextOf(this.#cells[i]));
    this.#sortByKeys(cells, this.#contexts.metricCount);
  }

  #sortByTag(cells: number, index: number): void {
    for (let i = 0; i < cells; i++) this.#keys[i] = this.#contexts.tagId(this.#contextOf(this.#cells[i]), index);
    this.#sortByKeys(cells, this.#contexts.distinctTags);
  }

  #contextOf(cell: number): number {
    return this.#joined.codes[cell] >> KIND_BITS;
  }

  #sortByKeys(cells: number, keyEnd: number): void {
    const keys = this.#keys;
    const next = new Int32Array(keyEnd + 1);
    for (let i = 0; i < cells; i++) next[keys[i] + 1]++;
    for (let key = 1; key < keyEnd; key++) next[key] += next[key - 1];
    for (let i = 0; i < cells; i++) this.#nextCells[next[keys[i]]++] = this.#cells[i];
    [this.#cells, this.#nextCells] = [this.#nextCells, this.#cells];
  }

  #reserve(cells: number): void {
    if (cells <= this.#cells.length) return;
    this.#cells = new Int32Array(cells);
    this.#nextCells = new Int32Array(cells);
    this.#keys = new Int32Array(cells);
  }
}
