/**
 * Keeps lists of tag ids in one typed array, because a JavaScript array for each context would take more memory than the rest of
 * the context. The memory of a freed list is reused for the next list of the same length.
 */
export class TagListPool {
  /** The ids of all lists. The index of its first id stands for a list. */
  ids = new Int32Array(1024);
  #end = 0;
  /**
   * For each length, one more than the first free list, or 0. The first element of a free list has the next one in the same form.
   */
  readonly #free: number[] = [0];

  /** Copies the first `count` ids into a new list, and returns the list: 0 if it is empty. */
  add(source: Int32Array, count: number): number {
    if (count === 0) return 0;
    const free = this.#free[count] ?? 0;
    let list = free - 1;
    if (free !== 0) {
      this.#free[count] = this.ids[list];
    } else {
      list = this.#end;
      this.#end += count;
      if (this.#end > this.ids.length) this.#grow();
    }
    for (let i = 0; i < count; i++) this.ids[list + i] = source[i];
    return list;
  }

  free(list: number, count: number): void {
    if (count === 0) return;
    // The array grows one by one, because an array with holes is slow.
    while (this.#free.length <= count) this.#free.push(0);
    this.ids[list] = this.#free[count];
    this.#free[count] = list + 1;
  }

  #grow(): void {
    const larger = new Int32Array(Math.max(this.#end, this.ids.length * 2));
    larger.set(this.ids);
    this.ids = larger;
  }
}
