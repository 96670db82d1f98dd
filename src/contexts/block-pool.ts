/**
 * Keeps blocks of words of any lengths in one typed array, because a JavaScript array for each would take more memory than its
 * content. The memory of a freed block is reused for the next block of the same length.
 */
export class BlockPool {
  /** The words of all blocks. The index of its first word stands for a block. */
  words: Int32Array<ArrayBuffer>;
  /** One more than the index of the last word of all blocks. */
  end = 0;
  /**
   * For each length, one more than the first free block, or 0. The first word of a free block has the next one in the same form.
   */
  readonly #free: number[] = [0];

  /** @param capacity Number of words for which there is room before the pool grows. */
  constructor(capacity = 1024) {
    this.words = new Int32Array(capacity);
  }

  /** Whether there is room for a block without growing. */
  hasRoom(length: number): boolean {
    return this.end + length <= this.words.length || (this.#free[length] ?? 0) !== 0;
  }

  /** Returns a new block, whose words are anything. The length must not be 0. May replace {@link words}. */
  allocate(length: number): number {
    const free = this.#free[length] ?? 0;
    if (free !== 0) {
      this.#free[length] = this.words[free - 1];
      return free - 1;
    }
    const block = this.end;
    this.end += length;
    if (this.end > this.words.length) this.#grow();
    return block;
  }

  /** Copies the first `length` words into a new block, and returns the block: 0 if it is empty. */
  add(source: Int32Array, length: number): number {
    if (length === 0) return 0;
    const block = this.allocate(length);
    for (let i = 0; i < length; i++) this.words[block + i] = source[i];
    return block;
  }

  /** Frees a block. Only its first word is overwritten. */
  free(block: number, length: number): void {
    if (length === 0) return;
    // The array grows one by one, because an array with holes is slow.
    while (this.#free.length <= length) this.#free.push(0);
    this.words[block] = this.#free[length];
    this.#free[length] = block + 1;
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(this.end, Math.ceil(1.5 * this.words.length)));
    larger.set(this.words);
    this.words = larger;
  }
}
