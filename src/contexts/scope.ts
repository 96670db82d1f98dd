import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { CachedTagArray, type CacheOwner } from './tag-array-cache.js';

/** A metric: a full name of one kind. */
export interface Metric {
  /** From 1; the id of a name that was removed serves again. */
  readonly id: number;
  readonly kind: Kind;
  /** Normalised, the namespace included. */
  readonly text: string;
  /** What stands between the quotes of the text's JSON. */
  readonly json: string;
  /** Number of live contexts. */
  contexts: number;
  /** The context that takes the samples which find no room; 0 for none. */
  overflowContextId: number;
  /** Every spelling that led here and is remembered, for as long as its scope is there. */
  uses: WeakRef<MetricSpelling>[];
  /** Number of spellings that were not remembered. */
  unremembered: number;
}

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
  readonly names: readonly Map<string, MetricSpelling>[];
}

/** Uses so far. */
let uses = 0;

/** What is no user's. */
const NO_TAGS = new CachedTagArray();

/** One spelling of a name in one scope, with short cuts to the contexts found last. */
export class MetricSpelling implements CacheOwner {
  readonly id = ++uses;
  readonly name: Metric;
  readonly #spelling: string;
  readonly #names: Map<string, MetricSpelling>;
  /** Code of the context without tags, host or timestamp, 0 if it is not known. */
  plainCode = 0;
  lastTags = NO_TAGS;
  misses = 0;

  /** @param names Where the scope remembers it by the spelling. */
  constructor(name: Metric, spelling: string, names: Map<string, MetricSpelling>) {
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

  /** Forgets the short cut to a context. */
  forget(code: number): void {
    if (this.plainCode === code) this.plainCode = 0;
  }
}

/** A scope in which no name was used yet. */
export function createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
  const names = KIND_NAMES.map(() => new Map());
  return { namespace, tags: [...new Set(tags)], host, tagIds: [], tagsEpoch: 0, hostId: 0, hostEpoch: 0, names };
}
