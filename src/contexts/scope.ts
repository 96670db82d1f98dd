import { KIND_NAMES } from '../model/kinds.js';
import { NO_ARRAY } from './tag-array-cache.js';

/** The frequent names of a scope, by kind and text. */
export type Spellings = readonly Map<string, MetricSpelling>[];

/**
 * The settings in which a client and its children differ: the prefix of names, and the tags and the host of samples. Samples of
 * two scopes that belong to the same series have the same context.
 */
export interface Scope {
  /** Prefixed to every name with a `.`; empty for none. */
  readonly namespace: string;
  /** Added to the sample's own tags. They are kept as strings, because an id is valid only while a context has the tag. */
  readonly tags: readonly string[];
  /** Undefined for the client's host; the empty string means none. */
  readonly host: string | undefined;
  /** Ids of the tags without the constant ones, valid while `tagIdsRemovedCount` is the store's `removedCount`. */
  readonly tagIds: number[];
  tagIdsRemovedCount: number;
  /** Id of the host, 0 for the client's, valid while `hostIdRemovedCount` is the store's `removedCount`. */
  hostId: number;
  hostIdRemovedCount: number;
  /** For each kind, frequent names as the application spells them. */
  readonly spellings: Spellings;
  /**
   * For each kind, an iterator of its spellings that has passed those that were displaced. A new one would have to skip what was
   * deleted from the Map.
   */
  readonly oldest: Iterator<MetricSpelling, undefined>[];
  /** For the names, which forget the spellings of a metric that is removed. */
  readonly weakSpellings: WeakRef<Spellings>;
}

/** One spelling of a metric's name in one scope, with short cuts to the contexts that were found last. */
export class MetricSpelling {
  readonly metricId: number;
  readonly text: string;
  /** The reference is weak, so that the metric does not keep the scope alive. */
  readonly scopeSpellings: WeakRef<Spellings>;
  /**
   * Code of samples without tags and host of their own, valid while `plainRecycledCount` is the resolver's count of recycled
   * contexts.
   */
  plainCode = 0;
  plainRecycledCount = -1;
  /** The cached array of tags that a sample had last, and the code that it led to. */
  lastArray = NO_ARRAY;
  lastCode = 0;
  /** Whether the last two samples had `lastArray`, so that the next one probably has it, too. */
  isRepeating = false;

  constructor(metricId: number, text: string, scopeSpellings: WeakRef<Spellings>) {
    this.metricId = metricId;
    this.text = text;
    this.scopeSpellings = scopeSpellings;
  }
}

/** Returns a scope in which no name was used yet. */
export function createScope(namespace: string, tags: readonly string[], host: string | undefined): Scope {
  const spellings = KIND_NAMES.map(() => new Map<string, MetricSpelling>());
  return {
    namespace,
    tags: [...new Set(tags)],
    host,
    tagIds: [],
    tagIdsRemovedCount: -1,
    hostId: 0,
    hostIdRemovedCount: -1,
    spellings,
    oldest: spellings.map((ofKind) => ofKind.values()),
    weakSpellings: new WeakRef(spellings),
  };
}
