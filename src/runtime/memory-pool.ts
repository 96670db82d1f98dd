/** Most bytes that are kept for the next flush. */
const MAX_BYTES = 2 ** 24;

/**
 * Memory that is reused in the next flush. Allocating new memory each time would take longer than filling it, because of page
 * faults and garbage collections. Memory that a flush does not use is released at the next one.
 */
export class MemoryPool<Memory extends { readonly byteLength: number }> {
  readonly #allocate: (bytes: number) => Memory;
  #free: Memory[] = [];
  /** Memory given back during this flush. It is not reused before the next one, because somebody may still read it. */
  #resting: Memory[] = [];
  #bytes = 0;

  /** @param allocate Allocates at least this many bytes. */
  constructor(allocate: (bytes: number) => Memory) {
    this.#allocate = allocate;
  }

  /** Must be called at the beginning of each flush, when nobody reads the memory that was given back. */
  beginFlush(): void {
    for (const { byteLength } of this.#free) this.#bytes -= byteLength;
    this.#free = this.#resting;
    this.#resting = [];
  }

  /** Returns memory of at least this many bytes, with undefined content. */
  take(bytes: number): Memory {
    const index = this.#free.findLastIndex(({ byteLength }) => byteLength >= bytes);
    if (index < 0) return this.#allocate(bytes);
    const [memory] = this.#free.splice(index, 1);
    this.#bytes -= memory.byteLength;
    return memory;
  }

  giveBack(memory: Memory): void {
    if (this.#bytes + memory.byteLength > MAX_BYTES) return;
    this.#bytes += memory.byteLength;
    this.#resting.push(memory);
  }
}
