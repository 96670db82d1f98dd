import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import type { Scope } from '../contexts/scope.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, type Kind, SET, TIMING } from '../model/kinds.js';
import { ACCEPTED_TAGS, ownTagStrings, type Tags } from '../model/tags.js';
import * as check from '../options/checks.js';
import { Timer } from './timer.js';

// Handles: a metric whose name, tags and host are looked up once.

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
export interface HandleOwner {
  readonly metrics: MetricsAggregator;
  readonly scope: Scope;
}

/** The code generation of a handle that has to look its context up again. */
const UNBOUND = -1;

/** A context, looked up once; recording throws nothing unless the client is strict. All handles have one of these, so that kinds do not slow each other. */
class BoundContext {
  readonly #metrics: MetricsAggregator;
  readonly #scope: Scope;
  readonly #kind: Kind;
  readonly #name: string;
  readonly #tags: readonly string[];
  readonly #host: string | undefined;
  /** Code of the context, valid only while the aggregator's code generation is `#codeGeneration`. */
  #code = 0;
  #codeGeneration = UNBOUND;

  /** @throws TypeError when the name, the tags or the host are malformed. */
  constructor({ metrics, scope }: HandleOwner, kind: Kind, name: string, options: readonly string[] | HandleOptions = {}) {
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
    if (this.#code < 0) return false;
    this.#codeGeneration = metrics.resolver.isOverflow(this.#code) ? UNBOUND : metrics.codeGeneration;
    return true;
  }

  record(value: number): void {
    const metrics = this.#metrics;
    if (this.#codeGeneration === metrics.turnCodeGeneration && typeof value === 'number' && value - value === 0)
      metrics.append(this.#code, value);
    else this.#recordFirst(value);
  }

  /** Records a sample before which the clock has to be read, or the context to be looked up, or which is none. */
  #recordFirst(value: number): void {
    const metrics = this.#metrics;
    if (metrics.turnCodeGeneration === 0 && !metrics.beginTurn()) return;
    if (typeof value !== 'number' || value - value !== 0) return metrics.dropBadValue(this.#kind, this.#name, value);
    if (this.#codeGeneration === metrics.codeGeneration || this.#bind()) metrics.append(this.#code, value);
  }

  recordMember(member: string | number): void {
    const metrics = this.#metrics;
    if (metrics.turnCodeGeneration === 0 && !metrics.beginTurn()) return;
    if (typeof member !== 'string' && (typeof member !== 'number' || member - member !== 0)) {
      return metrics.dropBadValue(this.#kind, this.#name, member);
    }
    if (this.#codeGeneration === metrics.codeGeneration || this.#bind()) metrics.appendMember(this.#code, member);
  }
}

function isTags(options: readonly string[] | HandleOptions): options is readonly string[] {
  return Array.isArray(options);
}

/** See {@link ThreadStats.increment}. */
export class Counter {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, COUNTER, name, options);
  }

  /** Adds `value`, 1 by default, to the interval's sum. */
  increment(value = 1): void {
    this.#bound.record(value);
  }

  /** Takes `value`, 1 by default, from the interval's sum. */
  decrement(value = 1): void {
    this.#bound.record(negated(value));
  }
}

/** See {@link ThreadStats.gauge}. */
export class Gauge {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, GAUGE, name, options);
  }

  set(value: number): void {
    this.#bound.record(value);
  }
}

/** See {@link ThreadStats.set}. */
export class MetricSet {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, SET, name, options);
  }

  add(member: string | number): void {
    this.#bound.recordMember(member);
  }
}

/** See {@link ThreadStats.histogram}. */
export class Histogram {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, HISTOGRAM, name, options);
  }

  record(value: number): void {
    this.#bound.record(value);
  }
}

/** See {@link ThreadStats.timing}. */
export class Timing {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, TIMING, name, options);
  }

  /** Records a duration, in seconds if it is to agree with {@link timer}. */
  record(seconds: number): void {
    this.#bound.record(seconds);
  }

  /** A running timer, which records its elapsed seconds when it is stopped. */
  timer(): Timer {
    return new Timer((seconds) => this.#bound.record(seconds));
  }
}

/** See {@link ThreadStats.distribution}. */
export class Distribution {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(source: HandleOwner, name: string, options?: readonly string[] | HandleOptions) {
    this.#bound = new BoundContext(source, DISTRIBUTION, name, options);
  }

  record(value: number): void {
    this.#bound.record(value);
  }
}

/** A decrement as an increment. What is no number is left for the aggregator to refuse: negating it might throw. */
export function negated(value: number): number {
  return typeof value === 'number' ? -value : value;
}
