import type { Kind } from '../kinds.js';
import type { Name } from './names.js';

/**
 * What a client and its children differ in: what they prefix to names, and the tags and the host of a sample that has no
 * other. Two scopes that lead to the same series lead to the same context.
 */
export interface Scope {
  /** Prefixed to every name with a `.`; empty for none. */
  readonly namespace: string;
  /** Ids of the tags that are appended to the sample's own. The constant tags of all contexts are not among them. */
  readonly tagIds: readonly number[];
  /** Id of the host, 0 for none. */
  readonly hostId: number;
  /** For each kind the names as the application writes them. */
  readonly names: readonly Map<string, NameUse>[];
}

/** One spelling of a name in one scope, with short cuts to the contexts found last. */
export class NameUse {
  readonly name: Name;
  /** Code of the context without tags, host or timestamp, 0 if it is not known. */
  plainCode = 0;
  /** Code of the context that the recent tags led to in their order, 0 if there is none. */
  recentCode = 0;
  /** A copy of the tags that came last, because the caller may change the array that it passed. */
  readonly #recentTags: string[] = [];
  /** Their ids, one for each: kept only for tags that all count. */
  readonly #recentIds: number[] = [];
  #recentCount = 0;

  constructor(name: Name) {
    this.name = name;
  }

  /** How many of these tags, from the first on, are the recent ones in their places; all, if the count of both is the same. */
  countRecent(tags: readonly string[]): number {
    const recent = this.#recentTags;
    const count = Math.min(this.#recentCount, tags.length);
    let i = 0;
    while (i < count && recent[i] === tags[i]) i++;
    return i;
  }

  get recentCount(): number {
    return this.#recentCount;
  }

  /** Copies the ids of the first `count` recent tags. */
  copyRecentIds(count: number, target: Int32Array): void {
    for (let i = 0; i < count; i++) target[i] = this.#recentIds[i];
  }

  /** Makes the first `count` of these the recent tags, from the place on where they differ. */
  setRecent(tags: readonly string[], ids: Int32Array, from: number, count: number, code: number): void {
    const recent = this.#recentTags;
    for (let i = from; i < count; i++) {
      // Pushed where the array ends: its length is never set, which would cost more than all else here.
      if (i < recent.length) {
        recent[i] = tags[i];
        this.#recentIds[i] = ids[i];
      } else {
        recent.push(tags[i]);
        this.#recentIds.push(ids[i]);
      }
    }
    this.#recentCount = count;
    this.recentCode = code;
  }

  /** Forgets every short cut to a context. */
  forget(code: number): void {
    if (this.plainCode === code) this.plainCode = 0;
    if (this.recentCode === code) {
      this.recentCode = 0;
      this.#recentCount = 0;
    }
  }
}

/** A scope in which no name was used yet. */
export function createScope(namespace: string, tagIds: readonly number[], hostId: number): Scope {
  return { namespace, tagIds, hostId, names: Array.from({ length: 6 satisfies Kind | 6 }, () => new Map()) };
}
