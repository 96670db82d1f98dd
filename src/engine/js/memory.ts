// The memory of the TypeScript engine. Its bytes are counted, so that its ceiling means the same as the WebAssembly engine's.
// Freed blocks are kept in free lists and used again after a flush, because allocating a typed array costs more than filling
// it. The garbage collector frees the pages that assembly/memory.ts has to manage, so there are none here.

/** Approximate size of a block's objects, in addition to its elements. */
const BLOCK_OVERHEAD_BYTES = 176;

/** Elements of 8 bytes that a block of each size class holds. */
export const BLOCK_CAPACITIES = [16, 32, 64, 128, 256, 512, 1000] as const;
/** Size class of the smallest and of the largest block. */
export const SMALLEST_BUFFER = 0;
export const LARGEST_BUFFER = BLOCK_CAPACITIES.length - 1;

/** Memory for 8-byte elements, as doubles and as pairs of 32-bit words. */
export class Block {
  readonly values: Float64Array;
  readonly words: Int32Array;
  readonly blockClass: number;
  /** Number of elements in use, for owners that count them here. */
  count = 0;

  constructor(blockClass: number) {
    this.blockClass = blockClass;
    this.values = new Float64Array(BLOCK_CAPACITIES[blockClass]);
    this.words = new Int32Array(this.values.buffer);
  }
}

/** Counts bytes against a ceiling and hands out blocks. */
export class Memory {
  readonly #ceilingBytes: number;
  readonly #free: Block[][] = BLOCK_CAPACITIES.map(() => []);
  #liveBytes = 0;
  #freeBytes = 0;

  constructor(ceilingBytes: number) {
    this.#ceilingBytes = ceilingBytes;
  }

  /** Bytes held, including free blocks. */
  get heldBytes(): number {
    return this.#liveBytes + this.#freeBytes;
  }

  /** Bytes in use. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Counts bytes that the caller is about to hold. Returns false, with nothing counted, when they would exceed the ceiling. */
  reserve(bytes: number): boolean {
    if (this.#liveBytes + this.#freeBytes + bytes > this.#ceilingBytes) {
      // Free blocks of other sizes are of no use to this caller: leave them to the garbage collector.
      for (const list of this.#free) list.length = 0;
      this.#freeBytes = 0;
      if (this.#liveBytes + bytes > this.#ceilingBytes) return false;
    }
    this.#liveBytes += bytes;
    return true;
  }

  /** Stops counting bytes that {@link reserve} counted. */
  unreserve(bytes: number): void {
    this.#liveBytes -= bytes;
  }

  /** Returns a block with undefined content, or undefined when the ceiling is reached. */
  allocate(blockClass: number): Block | undefined {
    const bytes = blockBytes(blockClass);
    const free = this.#free[blockClass].pop();
    if (free !== undefined) {
      this.#freeBytes -= bytes;
      this.#liveBytes += bytes;
      return free;
    }
    return this.reserve(bytes) ? new Block(blockClass) : undefined;
  }

  /** Frees a block. */
  release(block: Block): void {
    const bytes = blockBytes(block.blockClass);
    this.#liveBytes -= bytes;
    this.#freeBytes += bytes;
    this.#free[block.blockClass].push(block);
  }
}

function blockBytes(blockClass: number): number {
  return BLOCK_CAPACITIES[blockClass] * 8 + BLOCK_OVERHEAD_BYTES;
}
