/** The open intervals of an engine, each known to it by a handle, found by their starts. */
export class OpenIntervals<Handle> {
  readonly #handles = new Map<number, Handle>();

  get isEmpty(): boolean {
    return this.#handles.size === 0;
  }

  get(startSeconds: number): Handle | undefined {
    return this.#handles.get(startSeconds);
  }

  add(startSeconds: number, handle: Handle): void {
    this.#handles.set(startSeconds, handle);
  }

  /** Removes the intervals that start before `beforeSeconds` and gives them, oldest last: that end of an array is cheap to take from. */
  takeBefore(beforeSeconds: number): [startSeconds: number, handle: Handle][] {
    const taken: [number, Handle][] = [];
    for (const entry of this.#handles) {
      if (entry[0] < beforeSeconds) taken.push(entry);
    }
    for (const [startSeconds] of taken) this.#handles.delete(startSeconds);
    return taken.sort((a, b) => b[0] - a[0]);
  }
}
