import { KIND_BITS } from '../../kinds.js';
import type { Distribution } from './distribution.js';
import type { Histogram } from './histogram.js';
import type { MemberSet } from './member-set.js';
import type { Memory } from './memory.js';

/** An interval of the TypeScript engine: its cells in the order of their first samples. */
export interface Interval {
  readonly startSeconds: number;
  /** Distinguishes it from a later interval of the same start. */
  readonly id: number;
  /** First and last cell, 0 if none. */
  first: number;
  last: number;
}

export type Content = Histogram | MemberSet | Distribution;

const FIRST_CAPACITY = 1024;
const BYTES_PER_CELL = 44;

/**
 * The cells in columns, by index; index 0 is no cell. A context has at most one cell in each open interval, and its cells
 * are linked latest interval first, as in assembly/cells.ts. A free cell is linked to the next free one by `older`.
 */
export class Cells {
  /** First cell of each context. */
  readonly heads: Int32Array;
  /** Id of each cell's interval. */
  intervalIds = new Int32Array(FIRST_CAPACITY);
  /** Starts of the intervals that have cells, by their ids. */
  readonly #starts = new Map<number, number>();
  /** The context's next older cell. */
  older = new Int32Array(FIRST_CAPACITY);
  /** The interval's next cell. */
  next = new Int32Array(FIRST_CAPACITY);
  codes = new Int32Array(FIRST_CAPACITY);
  /** A gauge's value; the running sum of a counter, histogram or timing. */
  values = new Float64Array(FIRST_CAPACITY);
  /** What the running sum lost by rounding. */
  compensations = new Float64Array(FIRST_CAPACITY);
  /** What a cell holds beyond numbers; it ends with the last that ever held anything. */
  readonly contents: (Content | undefined)[] = [undefined];
  readonly #memory: Memory;
  #free = 0;
  #fresh = 1;

  constructor(contextCapacity: number, memory: Memory) {
    this.heads = new Int32Array(contextCapacity + 1);
    this.#memory = memory;
  }

  #startOf(cell: number): number {
    return this.#starts.get(this.intervalIds[cell])!;
  }

  /** The context's cell in the interval, or 0. */
  find(contextId: number, interval: Interval): number {
    let cell = this.heads[contextId];
    while (cell !== 0 && this.intervalIds[cell] !== interval.id && this.#startOf(cell) >= interval.startSeconds)
      cell = this.older[cell];
    return cell !== 0 && this.intervalIds[cell] === interval.id ? cell : 0;
  }

  /** An empty cell, linked as the context's cell in the interval, or 0 when memory is exhausted. */
  add(code: number, interval: Interval, content: Content | undefined): number {
    if (!this.#memory.reserve(BYTES_PER_CELL)) return 0;
    let cell = this.#free;
    if (cell !== 0) {
      this.#free = this.older[cell];
    } else {
      cell = this.#fresh++;
      if (cell === this.codes.length) this.#grow();
    }
    this.intervalIds[cell] = interval.id;
    this.next[cell] = 0;
    this.codes[cell] = code;
    this.values[cell] = 0;
    this.compensations[cell] = 0;
    if (content !== undefined) {
      // Filled up to the cell, because a hole would turn the array into a slow one.
      while (this.contents.length <= cell) this.contents.push(undefined);
      this.contents[cell] = content;
    }

    const contextId = code >> KIND_BITS;
    let younger = 0;
    let older = this.heads[contextId];
    while (older !== 0 && this.#startOf(older) > interval.startSeconds) {
      younger = older;
      older = this.older[older];
    }
    this.older[cell] = older;
    if (younger === 0) this.heads[contextId] = cell;
    else this.older[younger] = cell;

    if (interval.first === 0) {
      interval.first = cell;
      this.#starts.set(interval.id, interval.startSeconds);
    } else this.next[interval.last] = cell;
    interval.last = cell;
    return cell;
  }

  /** Unlinks and frees the interval's first cell. */
  removeFirst(interval: Interval): void {
    const cell = interval.first;
    const contextId = this.codes[cell] >> KIND_BITS;
    if (this.heads[contextId] === cell) {
      this.heads[contextId] = this.older[cell];
    } else {
      let younger = this.heads[contextId];
      while (this.older[younger] !== cell) younger = this.older[younger];
      this.older[younger] = this.older[cell];
    }
    interval.first = this.next[cell];
    if (interval.first === 0) this.#starts.delete(interval.id);
    if (cell < this.contents.length) this.contents[cell] = undefined;
    this.older[cell] = this.#free;
    this.#free = cell;
    this.#memory.unreserve(BYTES_PER_CELL);
  }

  #grow(): void {
    const { length } = this.codes;
    // Once as many as there are contexts, since most have one cell, before it doubles on.
    const usual = this.heads.length;
    const capacity = length < usual ? Math.min(length * 2, usual) : length * 2;
    this.intervalIds = enlarge(new Int32Array(capacity), this.intervalIds);
    this.older = enlarge(new Int32Array(capacity), this.older);
    this.next = enlarge(new Int32Array(capacity), this.next);
    this.codes = enlarge(new Int32Array(capacity), this.codes);
    this.values = enlarge(new Float64Array(capacity), this.values);
    this.compensations = enlarge(new Float64Array(capacity), this.compensations);
  }
}

function enlarge<Column extends Int32Array | Float64Array>(larger: Column, column: Column): Column {
  larger.set(column);
  return larger;
}
