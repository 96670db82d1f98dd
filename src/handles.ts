// Handles: a metric whose name, tags and host are looked up once.

import type { Scope } from './contexts/scope.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, type Kind, SET, TIMING } from './kinds.js';
import type { MetricsAggregator } from './metrics-aggregator.js';
import { negated } from './negated.js';
import * as check from './option-checks.js';
import { ACCEPTED_TAGS, ownTagStrings, type Tags } from './tags.js';
import { Timer } from './timer.js';

/** What a handle's samples carry. A plain array in its place is taken as the tags. */
export interface HandleOptions {
  /** The samples' own tags; the constant tags are added to them. Copied. Default: none. */
  tags?: Tags;
  /** The host they belong to. Default: the client's. */
  host?: string;
  /** Accepted and ignored, as in the reference. */
  sampleRate?: number;
}

const OPTION_NAMES = Object.keys({ tags: true, host: true, sampleRate: true } satisfies Record<keyof HandleOptions, true>);

/**
 * Where handles come from: the aggregator and scope of a client.
 * @internal
 */
export interface HandleSource {
  readonly metrics: MetricsAggregator;
  readonly scope: Scope;
}

/** A context, looked up once; recording throws nothing unless the client is strict. */
class Bound {
  readonly #metrics: MetricsAggregator;
  readonly #scope: Scope;
  readonly #kind: Kind;
  readonly #name: string;
  readonly #tags: readonly string[];
  readonly #host: string | undefined;
  /** Code of the context, valid only while the aggregator's epoch is `#epoch`. */
  #code = 0;
  #epoch = 0;

  /**
   * @internal
   * @throws TypeError when the name, the tags or the host are malformed.
   */
  constructor({ metrics, scope }: HandleSource, kind: Kind, name: string, options: readonly string[] | HandleOptions = {}) {
    const given = isTags(options) ? { tags: options } : (options ?? {});
    check.checkNames('a handle', given, OPTION_NAMES);
    const { tags, host } = given;
    const strings = ownTagStrings(tags ?? []);
    if (typeof name !== 'string' || name === '') throw check.typeError('name', name, 'a string that is not empty');
    if (strings === undefined) throw check.typeError('tags', tags, ACCEPTED_TAGS);
    this.#metrics = metrics;
    this.#scope = scope;
    this.#kind = kind;
    this.#name = name;
    this.#tags = strings;
    this.#host = host == null ? undefined : check.checkString('host', host);
  }

  /** Looks the context up; false when the sample has none, after that was counted. */
  #bind(): boolean {
    const metrics = this.#metrics;
    this.#code = metrics.resolve(this.#scope, this.#kind, this.#name, this.#tags, this.#host);
    if (this.#code === 0) return false;
    // Tags in another order than the context's have to be looked at again in the next interval, and a folded sample's always.
    const { otherOrder, isFolded } = metrics.resolver;
    this.#epoch = otherOrder || isFolded ? 0 : metrics.epoch;
    return true;
  }

  /** @internal */
  protected recordNumber(value: number): void {
    const metrics = this.#metrics;
    if (!metrics.isCurrent && !metrics.makeCurrent()) return;
    if (typeof value !== 'number' || value - value !== 0) return metrics.dropBadValue(this.#kind, this.#name, value);
    if (this.#epoch === metrics.epoch || this.#bind()) metrics.append(this.#code, value);
  }

  /** @internal */
  protected recordMember(member: string | number): void {
    const metrics = this.#metrics;
    if (!metrics.isCurrent && !metrics.makeCurrent()) return;
    if (typeof member !== 'string' && (typeof member !== 'number' || member - member !== 0)) {
      return metrics.dropBadValue(this.#kind, this.#name, member);
    }
    if (this.#epoch === metrics.epoch || this.#bind()) metrics.appendMember(this.#code, member);
  }
}

function isTags(options: readonly string[] | HandleOptions): options is readonly string[] {
  return Array.isArray(options);
}

/** See {@link ThreadStats.increment}. */
export class Counter extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, COUNTER, name, options);
  }

  /** Adds `value`, 1 by default, to the interval's sum. */
  increment(value = 1): void {
    this.recordNumber(value);
  }

  /** Takes `value`, 1 by default, from the interval's sum. */
  decrement(value = 1): void {
    this.recordNumber(negated(value));
  }
}

/** See {@link ThreadStats.gauge}. */
export class Gauge extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, GAUGE, name, options);
  }

  set(value: number): void {
    this.recordNumber(value);
  }
}

/** See {@link ThreadStats.set}. */
export class MetricSet extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, SET, name, options);
  }

  add(member: string | number): void {
    this.recordMember(member);
  }
}

/** See {@link ThreadStats.histogram}. */
export class Histogram extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, HISTOGRAM, name, options);
  }

  record(value: number): void {
    this.recordNumber(value);
  }
}

/** See {@link ThreadStats.timing}. */
export class Timing extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, TIMING, name, options);
  }

  /** Records a duration, in seconds if it is to agree with {@link timer}. */
  record(seconds: number): void {
    this.recordNumber(seconds);
  }

  /** A running timer, which records its elapsed seconds when it is stopped. */
  timer(): Timer {
    return new Timer((seconds) => this.recordNumber(seconds));
  }
}

/** See {@link ThreadStats.distribution}. */
export class Distribution extends Bound {
  /** @internal */
  constructor(source: HandleSource, name: string, options?: readonly string[] | HandleOptions) {
    super(source, DISTRIBUTION, name, options);
  }

  record(value: number): void {
    this.recordNumber(value);
  }
}
