// A handle records samples of one context, and looks up its name, tags and host only once.

import type { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import { Tally } from '../aggregator/tally.js';
import type { Scope } from '../contexts/scope.js';
import { COUNTER, GAUGE, type Kind, SET } from '../model/kinds.js';
import type { Tags } from '../model/tags.js';
import { ownCopy } from '../model/text.js';
import * as check from '../options/checks.js';
import { warnLostThis } from './lost-this.js';
import { checkTagCount, ownTags } from './own-tags.js';
import { Timer } from './timer.js';

// Each method has a last parameter `extra?: never`. A compiler refuses an argument for it; without one, an object shows that tags
// were passed that belong to the handle.

/** Options of a handle. An array may be passed instead, which means the tags. */
export interface HandleOptions {
  /**
   * Tags of the handle's samples, at most 1024 together with those of child clients. The constant tags are added to them. They are
   * copied. Default: none.
   */
  tags?: Tags | undefined;
  /** Host of the handle's samples. The empty string means none. Default: the client's. */
  host?: string | undefined;
  /** Accepted for compatibility, and ignored: every sample counts once. */
  sampleRate?: number | undefined;
}

// Not `check.optionNames`: the hint at an unknown option of a client must not propose one of a handle.
const OPTION_NAMES = Object.keys({ tags: true, host: true, sampleRate: true } satisfies Record<keyof HandleOptions, true>);

/** It has no room. */
const NO_TALLY = new Tally(0);

/** The code generation of a handle that must look up its context. */
const UNBOUND = -1;

/**
 * Records samples of one context. Recording throws only if the client is strict.
 *
 * All handles have an object of this one class. With a common base class instead, the field accesses would become megamorphic
 * when several kinds are in use, and recording would take twice as long.
 * @internal
 */
export class BoundContext {
  readonly #metrics: MetricsAggregator;
  readonly #scope: Scope;
  readonly #kind: Kind;
  readonly #name: string;
  readonly #tags: readonly string[];
  readonly #host: string | undefined;
  /** Code of the context. It is valid while the aggregator's code generation equals `#codeGeneration`. */
  #code = 0;
  #codeGeneration = UNBOUND;
  /** The context's, for counters and gauges. It is valid as long as the code. */
  #tally = NO_TALLY;

  /** @throws TypeError | RangeError if the name, the tags or the host are malformed, or an option does not exist. */
  constructor(
    metrics: MetricsAggregator,
    scope: Scope,
    kind: Kind,
    name: string,
    options: readonly string[] | HandleOptions = {},
  ) {
    const given = isTags(options) ? { tags: options } : (options ?? {});
    check.checkNames('a handle', given, OPTION_NAMES);
    const { tags, host } = given;
    if (typeof name !== 'string' || name === '') throw check.typeError('name', name, 'a string that is not empty');
    const strings = ownTags(tags);
    checkTagCount(strings.length + scope.tags.length);
    this.#metrics = metrics;
    this.#scope = scope;
    this.#kind = kind;
    this.#name = ownCopy(name);
    this.#tags = strings;
    this.#host = host == null ? undefined : check.checkHost('host', host);
  }

  /** Looks up the context. Returns false if there is none; the sample is then counted as dropped. */
  #bind(): boolean {
    const metrics = this.#metrics;
    this.#code = metrics.resolve(this.#scope, this.#kind, this.#name, this.#tags, this.#host);
    if (this.#code < 0) return false;
    // After a sample was folded, the next one may find room for its own context.
    const isFolded = metrics.resolver.isOverflow(this.#code);
    this.#codeGeneration = isFolded ? UNBOUND : metrics.codeGeneration;
    if (!isFolded && (this.#kind === COUNTER || this.#kind === GAUGE)) this.#tally = metrics.findTally(this.#code);
    return true;
  }

  record(value: number): void {
    const metrics = this.#metrics;
    if (this.#codeGeneration === metrics.turnCodeGeneration && typeof value === 'number' && value - value === 0)
      metrics.append(this.#code, value);
    else this.#recordFirst(value);
  }

  /** Records a sample of a counter. */
  add(value: number): void {
    const tally = this.#tally;
    // Only integers of 32 bits add up to the same sum in any order.
    if (
      this.#codeGeneration === this.#metrics.turnCodeGeneration &&
      typeof value === 'number' &&
      (value | 0) === value &&
      tally.room > 0
    ) {
      tally.room--;
      tally.value += value;
    } else this.#recordFirst(value);
  }

  /** Records a sample of a gauge. */
  set(value: number): void {
    const tally = this.#tally;
    if (
      this.#codeGeneration === this.#metrics.turnCodeGeneration &&
      typeof value === 'number' &&
      value - value === 0 &&
      tally.room > 0
    ) {
      tally.room--;
      tally.value = value;
    } else this.#recordFirst(value);
  }

  /**
   * Records a sample for which the clock must be read, the context looked up, or a tally opened, or that does not fit into one.
   * Drops a bad sample.
   */
  #recordFirst(value: number): void {
    const metrics = this.#metrics;
    if (metrics.turnCodeGeneration === 0 && !metrics.beginTurn(this.#kind, this.#name)) return;
    if (typeof value !== 'number' || value - value !== 0) return metrics.dropBadValue(this.#kind, this.#name, value);
    if (this.#codeGeneration !== metrics.codeGeneration && !this.#bind()) return;
    const isTallied = this.#kind === GAUGE || (this.#kind === COUNTER && (value | 0) === value);
    if (!isTallied || this.#codeGeneration === UNBOUND) return metrics.append(this.#code, value);
    const tally = this.#tally;
    if (tally.room === 0) metrics.makeRoom(tally);
    tally.room--;
    if (this.#kind === GAUGE) tally.value = value;
    else tally.value += value;
  }

  recordMember(member: string | number): void {
    const metrics = this.#metrics;
    if (metrics.turnCodeGeneration === 0 && !metrics.beginTurn(this.#kind, this.#name)) return;
    if (typeof member !== 'string' && (typeof member !== 'number' || member - member !== 0)) {
      return metrics.dropBadValue(this.#kind, this.#name, member);
    }
    if (this.#codeGeneration === metrics.codeGeneration || this.#bind()) metrics.appendMember(this.#code, member);
  }

  /** Records a value or, for a set, a member. */
  recordAny(value: unknown): void {
    if (this.#kind === SET) this.recordMember(value as string | number);
    else if (this.#kind === COUNTER) this.add(value as number);
    else if (this.#kind === GAUGE) this.set(value as number);
    else this.record(value as number);
  }

  dropExtraArgument(extra: unknown): void {
    this.#metrics.dropExtraArgument(this.#kind, this.#name, 'second', extra);
  }
}

/**
 * Handles a call with a second argument. That of a callback (an index, an event) is ignored, but tags belong to `create...`.
 */
function recordWithExtra(bound: BoundContext, value: unknown, extra: unknown): void {
  if (typeof extra === 'object' && extra !== null) bound.dropExtraArgument(extra);
  else bound.recordAny(value);
}

function isTags(options: readonly string[] | HandleOptions): options is readonly string[] {
  return Array.isArray(options);
}

/** A handle for one counter; see {@link ThreadStats.increment}. */
export class Counter {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /** Adds a finite number to the sum of the interval, which is reported as {@link ThreadStats.increment} says. Default: 1. */
  increment(this: Counter, value = 1, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, value, extra);
    this.#bound.add(value);
  }

  /** Subtracts a finite number from the sum of the interval. Default: 1. */
  decrement(this: Counter, value = 1, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, negated(value), extra);
    this.#bound.add(negated(value));
  }
}

/** A handle for one gauge; see {@link ThreadStats.gauge}. */
export class Gauge {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /** Sets the gauge to a finite number. The last value of an interval is reported; an interval without one is not. */
  set(this: Gauge, value: number, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, value, extra);
    this.#bound.set(value);
  }
}

/** A handle for one set; see {@link ThreadStats.set}. */
export class MetricSet {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /**
   * Adds a member: a string, or a finite number. The number of different members in an interval is reported as a gauge. `1` and
   * `'1'` are different.
   */
  add(this: MetricSet, member: string | number, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, member, extra);
    this.#bound.recordMember(member);
  }
}

/** A handle for one histogram; see {@link ThreadStats.histogram}. */
export class Histogram {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /** Records a finite number. The aggregates and percentiles of an interval are reported, as {@link ThreadStats.histogram} says. */
  record(this: Histogram, value: number, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, value, extra);
    this.#bound.record(value);
  }
}

/** A handle for one timing; see {@link ThreadStats.timing}. */
export class Timing {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /** Records a duration, a finite number. You choose the unit; {@link timer} records seconds. */
  record(this: Timing, seconds: number, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, seconds, extra);
    this.#bound.record(seconds);
  }

  /** Starts a timer, which records the elapsed seconds when it is stopped. */
  timer(this: Timing): Timer {
    return new Timer((seconds) => {
      if (!(typeof this === 'object' && this !== null && #bound in this)) warnLostThis('The method timer of a handle');
      else this.#bound.record(seconds);
    });
  }
}

/** A handle for one distribution; see {@link ThreadStats.distribution}. */
export class Distribution {
  readonly #bound: BoundContext;

  /** @internal */
  constructor(bound: BoundContext) {
    this.#bound = bound;
  }

  /** Records a finite number. Every value is sent, so that the server can compute percentiles over all processes. */
  record(this: Distribution, value: number, extra?: never): void {
    if (!(typeof this === 'object' && this !== null && #bound in this)) return warnLostThis('A method of a handle');
    if (extra !== undefined) return recordWithExtra(this.#bound, value, extra);
    this.#bound.record(value);
  }
}

/**
 * Turns a decrement into an increment. Anything but a number is returned as it is, because negating it might throw. It is
 * dropped later.
 */
export function negated(value: number): number {
  return typeof value === 'number' ? -value : value;
}
