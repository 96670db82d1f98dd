/**
 * Lists of tag ids in one column, because a JavaScript array per context would cost more than all else that is kept of
 * it. A freed list serves the next one of its length.
 */
export class TagListPool {
  /** The lists' elements; a list is known by the index of its first. */
  ids = new Int32Array(1024);
  #end = 0;
  /** First free list of each length, plus one; a free list's first element leads to the next in the same way. */
  readonly #free: number[] = [0];

  /** Copies the first `count` ids into a list; 0 for an empty one. */
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
    this.write(list, source, count);
    return list;
  }

  /** Overwrites a list of `count` ids. */
  write(list: number, source: Int32Array, count: number): void {
    for (let i = 0; i < count; i++) this.ids[list + i] = source[i];
  }

  free(list: number, count: number): void {
    if (count === 0) return;
    // Filled, because a hole would turn the array into a slow one.
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
