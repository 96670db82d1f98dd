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
  /** Code of the context that the tags in `recentTags` led to in their order, 0 if there is none. */
  recentCode = 0;
  /** A copy: the caller may change the array that it passed. */
  readonly recentTags: string[] = [];

  constructor(name: Name) {
    this.name = name;
  }

  /** Forgets every short cut to a context. */
  forget(code: number): void {
    if (this.plainCode === code) this.plainCode = 0;
    if (this.recentCode === code) this.recentCode = 0;
  }
}

/** A scope in which no name was used yet. */
export function createScope(namespace: string, tagIds: readonly number[], hostId: number): Scope {
  return { namespace, tagIds, hostId, names: Array.from({ length: 6 satisfies Kind | 6 }, () => new Map()) };
}
