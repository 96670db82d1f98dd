import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { CachedTagArray, type CacheOwner } from './tag-array-cache.js';

/** A metric: a full name of one kind. */
export interface Metric {
  /** From 1. The id of a metric that was removed is given to another one. */
  readonly id: number;
  readonly kind: Kind;
  /** The name, normalised, with the namespace. */
  readonly text: string;
  /** The name as JSON, without the quotes. */
  readonly json: string;
  /** Number of live contexts. */
  contexts: number;
  /** The context into which samples are folded that find no room; 0 for none. */
  overflowContextId: number;
  /** The remembered spellings that lead to this metric, for as long as their scopes live. */
  spellings: WeakRef<MetricSpelling>[];
  /** Number of spellings that were not remembered. */
  unrememberedCount: number;
}

/**
 * What differs between a client and its children: the prefix of names, and the tags and the host of samples. Samples of two
 * scopes that belong to the same series have the same context.
 */
export interface Scope {
  /** Prefixed to every name with a `.`; empty for none. */
  readonly namespace: string;
  /** Added to the sample's own tags. Kept as text, because ids last only as long as the contexts that have them. */
  readonly tags: readonly string[];
  readonly host: string | undefined;
  /** Ids of the tags without the constant ones, valid while `tagIdsRemovedCount` is the store's `removedCount`. */
  readonly tagIds: number[];
  tagIdsRemovedCount: number;
  /** Id of the host, 0 for none, valid while `hostIdRemovedCount` is the store's `removedCount`. */
  hostId: number;
  hostIdRemovedCount: number;
  /** For each kind the names as the application spells them. */
  readonly spellings: readonly Map<string, MetricSpelling>[];
}

/** Number of spellings made so far, in all scopes. */
let spellingCount = 0;

/** Belongs to no owner. */
const NO_TAGS = new CachedTagArray();

/** One spelling of a metric's name in one scope, with short cuts to the contexts that were found last. */
export class MetricSpelling implements CacheOwner {
  readonly id = ++spellingCount;
  readonly metric: Metric;
  readonly #text: string;
  readonly #spellings: Map<string, MetricSpelling>;
  /** Code of the context without tags and host of the sample's own; 0 if it is not known. */
  plainCode = 0;
  lastTags = NO_TAGS;
  misses = 0;

  /** @param spellings Where the scope remembers it by its text. */
  constructor(metric: Metric, text: string, spellings: Map<string, MetricSpelling>) {
    this.metric = metric;
    this.#text = text;
    this.#spellings = spellings;
  }

  /** Adds it to its scope. */
  remember(): void {
    this.#spellings.set(this.#text, this);
  }

  /** Removes it from its scope. */
  remove(): void {
    this.#spellings.delete(this.#text);
  }

  /** Forgets the short cut to a context that is recycled. */
  forget(code: number): void {
    if (this.plainCode === code) this.plainCode = 0;
  }
}

/** Returns a scope in which no name was used yet. */
export function createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
  return {
    namespace,
    tags: [...new Set(tags)],
    host,
    tagIds: [],
    tagIdsRemovedCount: -1,
    hostId: 0,
    hostIdRemovedCount: -1,
    spellings: KIND_NAMES.map(() => new Map()),
  };
}
