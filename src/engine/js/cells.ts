// Intervals and their cells: the same lists as in assembly/cells.ts, which explains them. A cell is known by its index, and
// index 0 is no cell.

import { KIND_BITS } from '../../model/kinds.js';
import { CODE, DOUBLE_BITS, INTERVAL_ID, KIND_DOUBLES, NEXT, WORD_BITS, YOUNGER } from './cell-layout.js';
import type { DistributionCell } from './distribution.js';
import type { HistogramCell } from './histogram.js';
import type { Memory } from './memory.js';
import type { SetCell } from './set.js';

/** An interval. Its cells are in the order of their first samples; those that were reported come first. */
export interface Interval {
  readonly startSeconds: number;
  /** An even number from 2 on. Another interval may get it when this one is closed. */
  readonly id: number;
  /** First and last cell, 0 if there are none. */
  first: number;
  last: number;
  /** Last cell that was reported, 0 if there is none. */
  reported: number;
  /** Cells that have changed since they were reported, the latest change last. */
  changes: number[];
}

/** The content of a cell besides its words and doubles. A counter and a gauge have none. */
export type CellContent = HistogramCell | SetCell | DistributionCell;

const FIRST_CAPACITY = 1024;
/** A cell and its part of the table of contents. */
const BYTES_PER_CELL = 40;
/** Approximate size of an open interval. */
const BYTES_PER_INTERVAL = 128;
const BYTES_PER_CHANGE = 8;
/** Added to the interval id of an unchanged cell. */
const UNCHANGED = 1;

/** The table of all cells. The free cells form a list, linked by `YOUNGER`. */
export class Cells {
  /** The latest cell of each context, 0 if it has none. */
  readonly heads: Int32Array;
  /** The words of the cells: see cell-layout.ts. Replaced when the table grows. */
  words = new Int32Array(FIRST_CAPACITY << WORD_BITS);
  /** The same memory as doubles. */
  doubles = new Float64Array(this.words.buffer);
  /** The start of each interval, by its id and also by its id plus {@link UNCHANGED}. */
  readonly #starts = [0, 0];
  readonly #freeIntervalIds: number[] = [];
  /** The content of each cell. The array ends with the last cell that ever had any. */
  readonly contents: (CellContent | undefined)[] = [undefined];
  readonly #memory: Memory;
  /** First free cell, 0 if there is none. */
  #free = 0;
  /** The next cell that was never used. */
  #fresh = 1;
  /** The cell where the last walk ended, 0 if there is none. */
  #lastWalkEnd = 0;
  /** The kept interval that is being read. */
  #reportedInterval: Interval | undefined;
  /** Changed cells of that interval that changed before the read began and have not been reported. */
  #dueChanges: number[] = [];

  constructor(contextCapacity: number, memory: Memory) {
    this.heads = new Int32Array(contextCapacity + 1);
    this.#memory = memory;
  }

  /** Number of cells, including free ones. */
  get count(): number {
    return this.#fresh - 1;
  }

  /** Returns an empty interval, or undefined when memory is exhausted. */
  openInterval(startSeconds: number): Interval | undefined {
    if (!this.#memory.reserve(BYTES_PER_INTERVAL)) return undefined;
    const id = this.#freeIntervalIds.pop() ?? this.#starts.length;
    this.#starts[id] = startSeconds;
    this.#starts[id + UNCHANGED] = startSeconds;
    return { startSeconds, id, first: 0, last: 0, reported: 0, changes: [] };
  }

  /** Frees an interval, which must have no cells and get none any more. */
  closeInterval(interval: Interval): void {
    this.#freeIntervalIds.push(interval.id);
    this.#memory.unreserve(BYTES_PER_INTERVAL + interval.changes.length * BYTES_PER_CHANGE);
  }

  #startOf(cell: number): number {
    return this.#starts[this.words[(cell << WORD_BITS) + INTERVAL_ID]];
  }

  /** Returns the context's cell in the interval, or 0 if there is none. */
  find(contextId: number, interval: Interval): number {
    const latest = this.heads[contextId];
    if (latest === 0) return 0;
    const cell = this.#findPredecessor(contextId, latest, interval.startSeconds);
    return (this.words[(cell << WORD_BITS) + INTERVAL_ID] & ~UNCHANGED) === interval.id ? cell : 0;
  }

  /** Whether the cell was reported and has not changed since. */
  isUnchanged(cell: number): boolean {
    return (this.words[(cell << WORD_BITS) + INTERVAL_ID] & UNCHANGED) !== 0;
  }

  /** Records that an unchanged cell of the interval is about to change. Returns false when memory is exhausted. */
  addChange(cell: number, interval: Interval): boolean {
    if (!this.#memory.reserve(BYTES_PER_CHANGE)) return false;
    interval.changes.push(cell);
    this.words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id;
    return true;
  }

  /** Returns the next cell of a kept interval to report, or 0 when none is left; see assembly/cells.ts for the order. */
  nextToReport(interval: Interval): number {
    if (interval !== this.#reportedInterval) {
      this.#reportedInterval = interval;
      this.#dueChanges = interval.changes;
      interval.changes = [];
    }
    return (
      this.#dueChanges.at(-1) ?? (interval.reported === 0 ? interval.first : this.words[(interval.reported << WORD_BITS) + NEXT])
    );
  }

  /** Marks the cell that {@link nextToReport} returned as reported and unchanged. The cell stays. */
  markReported(cell: number, interval: Interval): void {
    if (this.#dueChanges.pop() === undefined) interval.reported = cell;
    else this.#memory.unreserve(BYTES_PER_CHANGE);
    this.words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id + UNCHANGED;
  }

  /** Ends the report of a kept interval. Must be called when {@link nextToReport} has returned 0. */
  endReport(): void {
    this.#reportedInterval = undefined;
  }

  /**
   * Returns the cell after which a cell with this start belongs in the ring: the context's latest cell that does not start
   * later, or, if all start later, the latest cell, because the oldest follows it.
   */
  #findPredecessor(contextId: number, latest: number, startSeconds: number): number {
    if (this.#startOf(latest) <= startSeconds) return latest;
    let cell = this.#walkStart(contextId, latest, startSeconds);
    // The walk ends before the latest cell, because that cell starts later.
    for (
      let next = this.words[(cell << WORD_BITS) + YOUNGER];
      this.#startOf(next) <= startSeconds;
      next = this.words[(next << WORD_BITS) + YOUNGER]
    )
      cell = next;
    this.#lastWalkEnd = cell;
    return cell;
  }

  /** Returns the cell where a walk to this start may begin: where the last walk ended, or else the latest cell. */
  #walkStart(contextId: number, latest: number, startSeconds: number): number {
    const cell = this.#lastWalkEnd;
    return cell !== 0 && this.words[(cell << WORD_BITS) + CODE] >> KIND_BITS === contextId && this.#startOf(cell) <= startSeconds
      ? cell
      : latest;
  }

  /**
   * Returns a new cell, linked as the context's cell in the interval, or 0 when memory is exhausted. Its doubles are 0.
   */
  add(code: number, interval: Interval, content: CellContent | undefined): number {
    if (!this.#memory.reserve(BYTES_PER_CELL)) return 0;
    let cell = this.#free;
    if (cell !== 0) {
      this.#free = this.words[(cell << WORD_BITS) + YOUNGER];
    } else {
      cell = this.#fresh++;
      if (cell << WORD_BITS === this.words.length) this.#grow();
    }
    const { words, doubles, heads } = this;
    words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id;
    words[(cell << WORD_BITS) + NEXT] = 0;
    words[(cell << WORD_BITS) + CODE] = code;
    doubles[(cell << DOUBLE_BITS) + KIND_DOUBLES] = 0;
    doubles[(cell << DOUBLE_BITS) + KIND_DOUBLES + 1] = 0;
    if (content !== undefined) {
      // The array is filled up to the cell, because with a hole V8 would make it a slow one.
      while (this.contents.length <= cell) this.contents.push(undefined);
      this.contents[cell] = content;
    }

    const contextId = code >> KIND_BITS;
    const latest = heads[contextId];
    if (latest === 0) {
      words[(cell << WORD_BITS) + YOUNGER] = cell;
      heads[contextId] = cell;
    } else {
      const predecessor = this.#findPredecessor(contextId, latest, interval.startSeconds);
      words[(cell << WORD_BITS) + YOUNGER] = words[(predecessor << WORD_BITS) + YOUNGER];
      words[(predecessor << WORD_BITS) + YOUNGER] = cell;
      if (this.#startOf(latest) <= interval.startSeconds) heads[contextId] = cell;
    }

    if (interval.first === 0) interval.first = cell;
    else words[(interval.last << WORD_BITS) + NEXT] = cell;
    interval.last = cell;
    return cell;
  }

  /**
   * Unlinks and frees the first cell of an interval that was taken out, or the first cell of a kept interval that was never
   * reported. The blocks that the cell owns must have been freed before.
   */
  remove(interval: Interval, isKept: boolean): void {
    const { words, heads } = this;
    const previous = isKept ? interval.reported : 0;
    const cell = previous === 0 ? interval.first : words[(previous << WORD_BITS) + NEXT];
    const contextId = words[(cell << WORD_BITS) + CODE] >> KIND_BITS;
    const latest = heads[contextId];
    let predecessor = this.#walkStart(contextId, latest, interval.startSeconds);
    while (words[(predecessor << WORD_BITS) + YOUNGER] !== cell) {
      predecessor = words[(predecessor << WORD_BITS) + YOUNGER];
    }
    if (predecessor === cell) {
      heads[contextId] = 0;
      this.#lastWalkEnd = 0;
    } else {
      words[(predecessor << WORD_BITS) + YOUNGER] = words[(cell << WORD_BITS) + YOUNGER];
      if (cell === latest) heads[contextId] = predecessor;
      this.#lastWalkEnd = predecessor;
    }
    const next = words[(cell << WORD_BITS) + NEXT];
    if (previous === 0) interval.first = next;
    else words[(previous << WORD_BITS) + NEXT] = next;
    if (next === 0) interval.last = previous;
    if (cell < this.contents.length) this.contents[cell] = undefined;
    words[(cell << WORD_BITS) + YOUNGER] = this.#free;
    this.#free = cell;
    this.#memory.unreserve(BYTES_PER_CELL);
  }

  #grow(): void {
    const length = this.words.length >> WORD_BITS;
    // Most contexts have one cell, so the table stops once at the number of contexts before it doubles further.
    const usual = this.heads.length;
    const capacity = length < usual ? Math.min(length * 2, usual) : length * 2;
    const larger = new Int32Array(capacity << WORD_BITS);
    larger.set(this.words);
    this.words = larger;
    this.doubles = new Float64Array(larger.buffer);
  }
}
