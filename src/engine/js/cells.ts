import { KIND_BITS } from '../../model/kinds.js';
import { CODE, COMPENSATION, DOUBLE_BITS, INTERVAL_ID, NEXT, VALUE, WORD_BITS, YOUNGER } from './cell-layout.js';
import type { DistributionCell } from './distribution.js';
import type { HistogramCell } from './histogram.js';
import type { Memory } from './memory.js';
import type { SetCell } from './set.js';

/** An interval of the TypeScript engine: its cells in the order of their first samples, those that were reported first. */
export interface Interval {
  readonly startSeconds: number;
  /** Even, from 2 on; free for another interval when this one is closed. */
  readonly id: number;
  /** First and last cell, 0 if none. */
  first: number;
  last: number;
  /** Last cell that was reported, 0 if none. */
  reported: number;
  /** Cells that were reported and have changed since. */
  changes: number[];
}

export type Content = HistogramCell | SetCell | DistributionCell;

const FIRST_CAPACITY = 1024;
const BYTES_PER_CELL = 40;
/** Rough cost of an open interval. */
const BYTES_PER_INTERVAL = 128;
const BYTES_PER_CHANGE = 8;
/** Added to the id of a cell's interval while nothing has changed since the cell was reported. */
const UNCHANGED = 1;

/**
 * The cells, by index; index 0 is no cell. A context has at most one cell in each open interval, and its cells form a ring, as
 * in assembly/cells.ts. A free cell is linked to the next free one by `YOUNGER`.
 */
export class Cells {
  /** Latest cell of each context. */
  readonly heads: Int32Array;
  /** The cells' words. */
  words = new Int32Array(FIRST_CAPACITY << WORD_BITS);
  /** The same memory. */
  doubles = new Float64Array(this.words.buffer);
  /** Starts of the intervals by their ids, and by those with {@link UNCHANGED} too; 0 is none. */
  readonly #starts = [0, 0];
  readonly #freeIntervalIds: number[] = [];
  /** What a cell holds beyond numbers; it ends with the last that ever held anything. */
  readonly contents: (Content | undefined)[] = [undefined];
  readonly #memory: Memory;
  #free = 0;
  #fresh = 1;
  /** The cell where the last walk ended, 0 if none. */
  #lastPlace = 0;
  /** The kept interval that is being read, and those of its changes that were made before. */
  #reportedInterval: Interval | undefined;
  #dueChanges: number[] = [];

  constructor(contextCapacity: number, memory: Memory) {
    this.heads = new Int32Array(contextCapacity + 1);
    this.#memory = memory;
  }

  /** Number of cells, free ones included. */
  get count(): number {
    return this.#fresh - 1;
  }

  /** An empty interval, or undefined when memory is exhausted. */
  openInterval(startSeconds: number): Interval | undefined {
    if (!this.#memory.reserve(BYTES_PER_INTERVAL)) return undefined;
    const id = this.#freeIntervalIds.pop() ?? this.#starts.length;
    this.#starts[id] = startSeconds;
    this.#starts[id + UNCHANGED] = startSeconds;
    return { startSeconds, id, first: 0, last: 0, reported: 0, changes: [] };
  }

  /** To be called once, when the interval has no cell any more and gets none. */
  closeInterval(interval: Interval): void {
    this.#freeIntervalIds.push(interval.id);
    this.#memory.unreserve(BYTES_PER_INTERVAL + interval.changes.length * BYTES_PER_CHANGE);
  }

  #startOf(cell: number): number {
    return this.#starts[this.words[(cell << WORD_BITS) + INTERVAL_ID]];
  }

  /** The context's cell in the interval, or 0. */
  find(contextId: number, interval: Interval): number {
    const latest = this.heads[contextId];
    if (latest === 0) return 0;
    const place = this.#placeOf(contextId, latest, interval.startSeconds);
    return (this.words[(place << WORD_BITS) + INTERVAL_ID] & ~UNCHANGED) === interval.id ? place : 0;
  }

  isUnchanged(cell: number): boolean {
    return (this.words[(cell << WORD_BITS) + INTERVAL_ID] & UNCHANGED) !== 0;
  }

  /** Notes that an unchanged cell of the interval is about to change; false when memory is exhausted. */
  noteChange(cell: number, interval: Interval): boolean {
    if (!this.#memory.reserve(BYTES_PER_CHANGE)) return false;
    interval.changes.push(cell);
    this.words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id;
    return true;
  }

  /** The next cell to be reported of an interval that is kept, 0 if there is none; see assembly/cells.ts. */
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

  /** Notes that the cell that was next was reported, and stays. */
  keep(cell: number, interval: Interval): void {
    if (this.#dueChanges.pop() === undefined) interval.reported = cell;
    else this.#memory.unreserve(BYTES_PER_CHANGE);
    this.words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id + UNCHANGED;
  }

  /** To be called when nothing of a kept interval is next any more. */
  endReport(): void {
    this.#reportedInterval = undefined;
  }

  /** The context's last cell that is not younger, or, as the ring's order has it, the latest when all are younger. */
  #placeOf(contextId: number, latest: number, startSeconds: number): number {
    if (this.#startOf(latest) <= startSeconds) return latest;
    let place = this.#walkFrom(contextId, latest, startSeconds);
    // The latest ends it: it is younger.
    for (
      let next = this.words[(place << WORD_BITS) + YOUNGER];
      this.#startOf(next) <= startSeconds;
      next = this.words[(next << WORD_BITS) + YOUNGER]
    )
      place = next;
    this.#lastPlace = place;
    return place;
  }

  #walkFrom(contextId: number, latest: number, startSeconds: number): number {
    const last = this.#lastPlace;
    return last !== 0 && this.words[(last << WORD_BITS) + CODE] >> KIND_BITS === contextId && this.#startOf(last) <= startSeconds
      ? last
      : latest;
  }

  /** An empty cell, linked as the context's cell in the interval, or 0 when memory is exhausted. */
  add(code: number, interval: Interval, content: Content | undefined): number {
    if (!this.#memory.reserve(BYTES_PER_CELL)) return 0;
    let cell = this.#free;
    if (cell !== 0) {
      this.#free = this.words[(cell << WORD_BITS) + YOUNGER];
    } else {
      cell = this.#fresh++;
      if (cell << WORD_BITS === this.words.length) this.#grow();
    }
    this.words[(cell << WORD_BITS) + INTERVAL_ID] = interval.id;
    this.words[(cell << WORD_BITS) + NEXT] = 0;
    this.words[(cell << WORD_BITS) + CODE] = code;
    this.doubles[(cell << DOUBLE_BITS) + VALUE] = 0;
    this.doubles[(cell << DOUBLE_BITS) + COMPENSATION] = 0;
    if (content !== undefined) {
      // Filled up to the cell, because a hole would turn the array into a slow one.
      while (this.contents.length <= cell) this.contents.push(undefined);
      this.contents[cell] = content;
    }

    const contextId = code >> KIND_BITS;
    const latest = this.heads[contextId];
    if (latest === 0) {
      this.words[(cell << WORD_BITS) + YOUNGER] = cell;
      this.heads[contextId] = cell;
    } else {
      const place = this.#placeOf(contextId, latest, interval.startSeconds);
      this.words[(cell << WORD_BITS) + YOUNGER] = this.words[(place << WORD_BITS) + YOUNGER];
      this.words[(place << WORD_BITS) + YOUNGER] = cell;
      if (this.#startOf(latest) <= interval.startSeconds) this.heads[contextId] = cell;
    }

    if (interval.first === 0) interval.first = cell;
    else this.words[(interval.last << WORD_BITS) + NEXT] = cell;
    interval.last = cell;
    return cell;
  }

  /** The sum of a counter, histogram or timing; see assembly/sum.ts. */
  totalOf(cell: number): number {
    const sum = this.doubles[(cell << DOUBLE_BITS) + VALUE];
    const compensation = this.doubles[(cell << DOUBLE_BITS) + COMPENSATION];
    return Number.isFinite(compensation) ? sum + compensation : sum;
  }

  /** Unlinks and frees the interval's first cell or, when the interval is kept, the first that was not reported. */
  remove(interval: Interval, isKept: boolean): void {
    const previous = isKept ? interval.reported : 0;
    const cell = previous === 0 ? interval.first : this.words[(previous << WORD_BITS) + NEXT];
    const contextId = this.words[(cell << WORD_BITS) + CODE] >> KIND_BITS;
    const latest = this.heads[contextId];
    let place = this.#walkFrom(contextId, latest, interval.startSeconds);
    while (this.words[(place << WORD_BITS) + YOUNGER] !== cell) place = this.words[(place << WORD_BITS) + YOUNGER];
    if (place === cell) {
      this.heads[contextId] = 0;
      this.#lastPlace = 0;
    } else {
      this.words[(place << WORD_BITS) + YOUNGER] = this.words[(cell << WORD_BITS) + YOUNGER];
      if (cell === latest) this.heads[contextId] = place;
      this.#lastPlace = place;
    }
    const next = this.words[(cell << WORD_BITS) + NEXT];
    if (previous === 0) interval.first = next;
    else this.words[(previous << WORD_BITS) + NEXT] = next;
    if (next === 0) interval.last = previous;
    if (cell < this.contents.length) this.contents[cell] = undefined;
    this.words[(cell << WORD_BITS) + YOUNGER] = this.#free;
    this.#free = cell;
    this.#memory.unreserve(BYTES_PER_CELL);
  }

  #grow(): void {
    const length = this.words.length >> WORD_BITS;
    // Once as many as there are contexts, since most have one cell, before it doubles on.
    const usual = this.heads.length;
    const capacity = length < usual ? Math.min(length * 2, usual) : length * 2;
    const larger = new Int32Array(capacity << WORD_BITS);
    larger.set(this.words);
    this.words = larger;
    this.doubles = new Float64Array(larger.buffer);
  }
}
