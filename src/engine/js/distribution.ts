import { type Block, LARGEST_CLASS, type Memory } from './memory.js';

/** What the cell of a distribution holds: every value, in blocks each twice as large as the one before, up to the largest. */
export class DistributionCell {
  readonly blocks: Block[];
  #last: Block;

  constructor(block: Block) {
    block.count = 0;
    this.blocks = [block];
    this.#last = block;
  }

  /** Adds a value; false, and nothing changed, when memory is exhausted. */
  add(value: number, memory: Memory): boolean {
    let block = this.#last;
    if (block.count === block.values.length) {
      const next = memory.allocate(Math.min(block.blockClass + 1, LARGEST_CLASS));
      if (next === undefined) return false;
      next.count = 0;
      this.blocks.push(next);
      this.#last = next;
      block = next;
    }
    block.values[block.count++] = value;
    return true;
  }
}
