import { type Block, LARGEST_BUFFER, type Memory } from './memory.js';

/** Fewest values of a part, except for the last one; see assembly/distribution.ts. */
const PART_VALUES = 1000;

/**
 * The cell of a distribution: every sample of an interval, in the order recorded, in blocks each twice as large as the one
 * before it, up to the largest size. assembly/distribution.ts explains it, and says where a sketch has its place.
 */
export class DistributionCell {
  /** Blocks that have not been read. */
  readonly #blocks: Block[];
  #last: Block;

  /** Begins a new cell in a block of the smallest size. */
  constructor(block: Block) {
    block.count = 0;
    this.#blocks = [block];
    this.#last = block;
  }

  /** Adds a value. Returns false, with nothing changed, when memory is exhausted. */
  add(value: number, memory: Memory): boolean {
    let block = this.#last;
    if (block.count === block.values.length) {
      const next = memory.allocate(Math.min(block.blockClass + 1, LARGEST_BUFFER));
      if (next === undefined) return false;
      next.count = 0;
      this.#blocks.push(next);
      this.#last = next;
      block = next;
    }
    block.values[block.count++] = value;
    return true;
  }

  /** Whether there are values that have not been read. */
  get hasUnreadValues(): boolean {
    return this.#blocks.length > 0;
  }

  /**
   * Moves the values of the next blocks to `target`, from `offset` on, and frees these blocks. Ends with the block that brings the
   * number of values to `wanted`, but not before PART_VALUES, or before the first block that does not fit into `room` values.
   * Returns how many values.
   */
  read(target: Float64Array, offset: number, room: number, wanted: number, memory: Memory): number {
    const blocks = this.#blocks;
    const enough = Math.max(wanted, PART_VALUES);
    let values = 0;
    while (blocks.length > 0 && values < enough && values + blocks[0].count <= room) {
      const block = blocks.shift()!;
      target.set(block.values.subarray(0, block.count), offset + values);
      values += block.count;
      memory.release(block);
    }
    return values;
  }
}
