import type { Block, Memory } from './memory.js';
import type { Random } from './random.js';

/** Samples that a histogram or timing keeps of one interval; see assembly/histogram.ts for the sampling beyond. */
const RESERVOIR_CAPACITY = 1000;

/** What the cell of a histogram or a timing holds besides its sum. */
export class Histogram {
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

  /** Adds the samples from `begin` to before `end`; gives how many before memory was exhausted. */
  addRun(values: Float64Array, begin: number, end: number, memory: Memory, random: Random): number {
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
    for (let i = begin; i < next; i++) {
      const value = values[i];
      if (value < min) min = value;
      if (value > max) max = value;
    }
    this.min = min;
    this.max = max;
    return next - begin;
  }

  /** Lets samples replace others in the full reservoir. */
  #sample(values: Float64Array, begin: number, end: number, random: Random): void {
    const randoms = random.next(end - begin);
    const reservoir = this.block.values;
    let count = this.count;
    for (let i = begin; i < end; i++) {
      count++;
      const slot = randoms[i - begin] * (1 / 4294967296) * count;
      if (slot < RESERVOIR_CAPACITY) reservoir[Math.floor(slot)] = values[i];
    }
    this.count = count;
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
