/**
 * Lists of tag ids in one typed array, because a JavaScript array for each context would take more memory than the rest of the
 * context. The memory of a freed list is given to the next list of the same length.
 */
export class TagListPool {
  /** The ids of all lists. A list is named by the index of its first id. */
  ids = new Int32Array(1024);
  #end = 0;
  /** For each length the first free list plus one, or 0. The first element of a free list names the next in the same way. */
  readonly #free: number[] = [0];

  /** Copies the first `count` ids into a new list and returns it; 0 stands for an empty list. */
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
    // Filled one by one, because an array with holes is slow.
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
