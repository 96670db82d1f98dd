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

  /** Adds a sample; false, and nothing changed, when memory is exhausted. */
  add(value: number, memory: Memory, random: Random): boolean {
    const count = this.count + 1;
    if (count <= RESERVOIR_CAPACITY) {
      const index = count - 1;
      if (index === this.block.values.length && !this.#grow(memory)) return false;
      this.block.values[index] = value;
    } else {
      const slot = random.next() * (1 / 4294967296) * count;
      if (slot < RESERVOIR_CAPACITY) this.block.values[Math.floor(slot)] = value;
    }
    this.count = count;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    return true;
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
