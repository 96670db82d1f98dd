import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { NO_ARRAY } from './tag-array-cache.js';

/** A metric: a full name of one kind. */
export interface Metric {
  /** From 1. The id of a metric that was removed is given to another one. */
  readonly id: number;
  readonly kind: Kind;
  /** The name, normalised, with the namespace. */
  readonly text: string;
  /** The name as JSON, without the quotes. */
  readonly json: string;
  /** Number of live contexts. A metric without any is forgotten, and its spellings with it. */
  contexts: number;
  /** The context of folded samples; 0 for none. */
  overflowContextId: number;
  /** The spellings that scopes remember. */
  spellings: RememberedSpelling[];
  /** Number of spellings that were not remembered. */
  unrememberedCount: number;
}

/** The spellings of a scope, by kind and text. */
type Spellings = readonly Map<string, MetricSpelling>[];

/** Where a scope remembers a spelling. The reference is weak, so that the metric does not keep the scope alive. */
interface RememberedSpelling {
  readonly scopeSpellings: WeakRef<Spellings>;
  readonly text: string;
}

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
  /** For each kind, the names as the application spells them. */
  readonly spellings: Spellings;
  /** For the metrics, which forget their spellings when they are removed. */
  readonly weakSpellings: WeakRef<Spellings>;
}

/** One spelling of a metric's name in one scope, with short cuts to the contexts that were found last. */
export class MetricSpelling {
  readonly metric: Metric;
  /** The metric's id, which a look-up reads without a further cache miss. */
  readonly metricId: number;
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

  constructor(metric: Metric) {
    this.metric = metric;
    this.metricId = metric.id;
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
    weakSpellings: new WeakRef(spellings),
  };
}
