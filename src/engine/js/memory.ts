// What the TypeScript engine holds is counted, so that its ceiling means the same as the WebAssembly engine's; blocks go
// to free lists and serve again after a flush, because allocating typed arrays costs more than filling them.

/** Rough cost of a block beyond its bytes: the array object and its buffer. */
const BLOCK_OVERHEAD_BYTES = 176;

/** Elements of 8 bytes that a block of each class holds. */
export const BLOCK_CAPACITIES = [16, 32, 64, 128, 256, 512, 1000] as const;
export const LARGEST_CLASS = BLOCK_CAPACITIES.length - 1;

/** Memory for 8-byte elements, seen as doubles and as 32-bit words. */
export class Block {
  readonly values: Float64Array;
  readonly words: Int32Array;
  readonly blockClass: number;
  /** Elements in use, for owners that count them here. */
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

  /** Bytes held, free blocks included. */
  get heldBytes(): number {
    return this.#liveBytes + this.#freeBytes;
  }

  /** Bytes in use. */
  get liveBytes(): number {
    return this.#liveBytes;
  }

  /** Counts bytes that the caller is about to hold; false, and nothing counted, when the ceiling would be passed. */
  reserve(bytes: number): boolean {
    if (this.#liveBytes + this.#freeBytes + bytes > this.#ceilingBytes) {
      // Free blocks of other sizes are of no use to whoever asks now: the garbage collector may have them.
      for (const list of this.#free) list.length = 0;
      this.#freeBytes = 0;
      if (this.#liveBytes + bytes > this.#ceilingBytes) return false;
    }
    this.#liveBytes += bytes;
    return true;
  }

  /** Takes back what {@link reserve} counted. */
  unreserve(bytes: number): void {
    this.#liveBytes -= bytes;
  }

  /** A block, its content undefined, or undefined when the ceiling is reached. */
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

  /** Gives a block back. */
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
