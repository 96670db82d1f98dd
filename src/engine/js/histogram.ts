import { COMPENSATION, VALUE } from './cell-layout.js';
import type { Block, Memory } from './memory.js';
import type { Random } from './random.js';

/** Samples that a histogram or timing keeps of one interval; see assembly/histogram.ts for the sampling beyond. */
const RESERVOIR_CAPACITY = 1000;

/** Samples of a group: as many as a word has bits. */
const GROUP = 32;

/** What the cell of a histogram or a timing holds besides its sum. */
export class HistogramCell {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Every sample, kept or not. */
  count = 0;
  block: Block;

  constructor(block: Block) {
    this.block = block;
  }

  get keptCount(): number {
    return Math.min(this.count, RESERVOIR_CAPACITY);
  }

  /**
   * Adds the samples from `begin` to before `end`, and to the cell whose doubles begin at `at` their sum; gives how many before
   * memory was exhausted.
   */
  addRun(
    values: Float64Array,
    begin: number,
    end: number,
    memory: Memory,
    random: Random,
    doubles: Float64Array,
    at: number,
  ): number {
    let next = begin;
    while (next < end && this.count < RESERVOIR_CAPACITY) {
      if (this.count === this.block.values.length && !this.#grow(memory)) break;
      this.block.values[this.count++] = values[next++];
    }
    if (this.count >= RESERVOIR_CAPACITY) {
      this.#sample(values, next, end, random);
      next = end;
    }
    let { min, max } = this;
    // What counters do in js.ts, but in the pass that finds the extremes: two passes are slower.
    let sum = doubles[at + VALUE];
    let compensation = doubles[at + COMPENSATION];
    for (let i = begin; i < next; i++) {
      const value = values[i];
      if (value < min) min = value;
      if (value > max) max = value;
      const total = sum + value;
      const virtual = total - sum;
      compensation += sum - (total - virtual) + (value - virtual);
      sum = total;
    }
    doubles[at + VALUE] = sum;
    doubles[at + COMPENSATION] = compensation;
    this.min = min;
    this.max = max;
    return next - begin;
  }

  /** Lets samples replace others in the full reservoir, in groups; see assembly/histogram.ts. */
  #sample(values: Float64Array, begin: number, end: number, random: Random): void {
    const reservoir = this.block.values;
    for (let at = begin; at < end; at += GROUP) {
      const group = Math.min(end - at, GROUP);
      const first = this.count + 1;
      let candidates = -1 << (GROUP - group);
      let scale = 1;
      if (group === GROUP) {
        for (; first * scale >= 2 * RESERVOIR_CAPACITY; scale /= 2) candidates &= random.next();
      }
      while (candidates !== 0) {
        const index = Math.clz32(candidates);
        candidates ^= 0x80000000 >>> index;
        const slot = random.next() * (1 / 4294967296) * ((first + index) * scale);
        if (slot < RESERVOIR_CAPACITY) reservoir[Math.floor(slot)] = values[at + index];
      }
      this.count += group;
    }
  }

  #grow(memory: Memory): boolean {
    const block = this.block;
    const larger = memory.allocate(block.blockClass + 1);
    if (larger === undefined) return false;
    larger.values.set(block.values);
    memory.release(block);
    this.block = larger;
    return true;
  }
}
