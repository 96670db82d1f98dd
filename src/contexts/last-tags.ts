/**
 * The array of tags that came twice in a row with one spelling of a metric's name, and the code that it led to. Most call sites
 * pass the same tags every time; comparing them is faster than looking them up.
 */
export class LastTags {
  /** The code that the tags lead to; -1 for none. */
  code = -1;
  /** Number of times that this object was filled. */
  #revision = 0;
  #count = 0;
  /** Each as the interner's own string. */
  readonly #tags: string[] = [];

  /**
   * Whether an array has these tags, in this order. Reading the array may run the caller's code. If that code causes this object
   * to be filled anew, the result is false.
   */
  equals(tags: readonly string[]): boolean {
    const revision = this.#revision;
    const count = this.#count;
    const own = this.#tags;
    if (tags.length !== count) return false;
    for (let i = 0; i < count; i++) if (own[i] !== tags[i]) return false;
    return revision === this.#revision;
  }

  /** Remembers a copy of the first `count` tags. */
  fill(tags: readonly string[], count: number, code: number): void {
    const own = this.#tags;
    for (let i = 0; i < count; i++) {
      // The length is never set, which would cost more than the rest of this method.
      if (i < own.length) own[i] = tags[i];
      else own.push(tags[i]);
    }
    this.#revision++;
    this.#count = count;
    this.code = code;
  }
}
