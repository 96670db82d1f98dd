import { KIND_NAMES } from '../kinds.js';
import { CUT, type Interner } from './interner.js';
import type { Name } from './names.js';

/**
 * What a client and its children differ in: what they prefix to names, and the tags and the host of a sample that has no
 * other. Two scopes that lead to the same series lead to the same context.
 */
export interface Scope {
  /** Prefixed to every name with a `.`; empty for none. */
  readonly namespace: string;
  /** Appended to the sample's own tags. Kept as text, because ids last only as long as the contexts that have them. */
  readonly tags: readonly string[];
  readonly host: string | undefined;
  /** Ids of the tags without the constant ones, valid while `tagsEpoch` is the resolver's epoch. */
  readonly tagIds: number[];
  tagsEpoch: number;
  /** Id of the host, 0 for none, valid while `hostEpoch` is the resolver's epoch. */
  hostId: number;
  hostEpoch: number;
  /** For each kind the names as the application writes them. */
  readonly names: readonly Map<string, NameUse>[];
}

/** Most tags of a sample that are remembered to recognise the next one by. */
const MAX_RECENT_TAGS = 32;
/** After so many look-ups in a row for which that was in vain, only one in so many is remembered. */
const MISSES_IN_VAIN = 8;

/** One spelling of a name in one scope, with short cuts to the contexts found last. */
export class NameUse {
  readonly name: Name;
  readonly #spelling: string;
  readonly #names: Map<string, NameUse>;
  /** Code of the context without tags, host or timestamp, 0 if it is not known. */
  plainCode = 0;
  /** Code of the context that the recent tags led to in their order, 0 if there is none. */
  recentCode = 0;
  /** The tags that came last, each as the interner's own string. */
  readonly #recentTags: string[] = [];
  /** Their ids, one for each, CUT for one that is cut: kept only for tags that all count but for these. */
  readonly #recentIds: number[] = [];
  #recentCount = 0;
  #writes = 0;
  /** Look-ups since the recent tags were last the right ones. */
  misses = 0;

  /** @param names Where the scope remembers it by the spelling. */
  constructor(name: Name, spelling: string, names: Map<string, NameUse>) {
    this.name = name;
    this.#spelling = spelling;
    this.#names = names;
  }

  /** Lets the scope remember it. */
  remember(): void {
    this.#names.set(this.#spelling, this);
  }

  /** Takes it out of its scope. */
  remove(): void {
    this.#names.delete(this.#spelling);
  }

  /** How many of these tags, from the first on, are the recent ones in their places; all, if the count of both is the same. */
  countRecent(tags: readonly string[]): number {
    const recent = this.#recentTags;
    const count = Math.min(this.#recentCount, tags.length);
    let i = 0;
    while (i < count && recent[i] === tags[i]) i++;
    return i;
  }

  /** Counts a look-up for which the recent tags were not the right ones; gives whether to remember those that were. */
  isWorthRemembering(): boolean {
    return ++this.misses <= MISSES_IN_VAIN || this.misses % MISSES_IN_VAIN === 0;
  }

  get recentCount(): number {
    return this.#recentCount;
  }

  /** Copies the ids of the first `count` recent tags, but stops before one that is cut; gives their number. */
  copyRecentIds(count: number, target: Int32Array): number {
    let i = 0;
    for (; i < count && this.#recentIds[i] !== CUT; i++) target[i] = this.#recentIds[i];
    return i;
  }

  /**
   * Makes these `count` tags the recent ones, from the place on where they differ. Their ids stand in their places in `ids`,
   * closed up if any of them are cut.
   */
  setRecent(
    tags: readonly string[],
    count: number,
    ids: Int32Array,
    from: number,
    code: number,
    interner: Interner,
    hasCut: boolean,
  ): void {
    const recent = this.#recentTags;
    const write = ++this.#writes;
    this.recentCode = 0;
    this.#recentCount = 0;
    if (count > MAX_RECENT_TAGS) return;
    let place = from;
    for (let i = from; i < count; i++) {
      const cut = hasCut ? interner.ownCutSpelling(tags, i, recent[i]) : undefined;
      const id = cut === undefined ? ids[place++] : CUT;
      const tag = cut ?? interner.ownSpelling(id, tags, i);
      // To read a tag may run code of the caller's, which may have brought other recent tags.
      if (tag === undefined || write !== this.#writes) return;
      // Pushed where the array ends: its length is never set, which would cost more than all else here.
      if (i < recent.length) {
        recent[i] = tag;
        this.#recentIds[i] = id;
      } else {
        recent.push(tag);
        this.#recentIds.push(id);
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
export function createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
  const names = KIND_NAMES.map(() => new Map());
  return { namespace, tags: [...new Set(tags)], host, tagIds: [], tagsEpoch: 0, hostId: 0, hostEpoch: 0, names };
}
