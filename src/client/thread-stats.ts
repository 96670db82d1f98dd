// This folder is the client that applications use: its options, the recording methods and handles, timers, start and stop. It may
// import every other folder except `lambda/` and `intake/`. Its front door is this file; `core.ts` puts the components together,
// and `shutdown.ts` ends them.

import { type EventOptions, toEventRow } from '../aggregator/event-aggregator.js';
import { createScope, type Scope } from '../contexts/scope.js';
import type { EngineName } from '../engine/engine.js';
import type { FlushResult } from '../model/flush-result.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, KIND_NAMES, type Kind, SET, TIMING } from '../model/kinds.js';
import type { SampleOptions } from '../model/sample-options.js';
import type { Tags } from '../model/tags.js';
import { showValue } from '../model/text.js';
import { MAX_TIMESTAMP_SECONDS, posixSeconds } from '../model/timestamps.js';
import * as check from '../options/checks.js';
import { Core } from './core.js';
import {
  BoundContext,
  Counter,
  Distribution,
  Gauge,
  type HandleOptions,
  Histogram,
  MetricSet,
  negated,
  Timing,
} from './handles.js';
import { warnLostThis } from './lost-this.js';
import { joinNamespaces } from './namespace.js';
import { resolveOptions, type Settings, type ThreadStatsOptions } from './options.js';
import { checkTagCount, ownTags } from './own-tags.js';
import { resolveStartOptions, resolveStopOptions, type StartOptions, type StopOptions } from './start-stop-options.js';
import type { Telemetry } from './telemetry.js';
import { type Timed, timed } from './timed.js';
import { Timer } from './timer.js';

/** Options of {@link ThreadStats.child}. They are added to those of the parent. */
export interface ChildOptions {
  /** Prefix of every metric name, after the parent's namespace and a `.`. Default: none. */
  namespace?: string | undefined;
  /** Tags of every metric and event, in addition to the parent's; at most 1024 together. They are copied. Default: none. */
  tags?: Tags | undefined;
  /** Host of every metric and event that has no host of its own. The empty string means none. Default: the parent's. */
  host?: string | undefined;
}

// Each method has a last parameter `extra?: never`. A compiler refuses an argument for it; without one, a value shows that tags or
// options were passed in the wrong place, where they would be lost.

/** Options of a sample: an object, or only its tags as an array. */
export type Options = readonly string[] | SampleOptions;

const CHILD_OPTION_NAMES = check.optionNames<ChildOptions>('child', { namespace: true, tags: true, host: true });

/** Takes the place of the options when {@link ThreadStats.child} constructs a client. */
class ChildConfig {
  readonly core: Core;
  readonly scope: Scope;

  constructor(core: Core, scope: Scope) {
    this.core = core;
    this.scope = scope;
  }
}

function rootConfig(settings: Settings): ChildConfig {
  return new ChildConfig(new Core(settings), createScope(settings.namespace, [], undefined));
}

/** The key under which a client holds itself. A Proxy in front of it has none of its private fields, but leads to it by this. */
const SELF = Symbol('threadstats.self');

/** A client, or a Proxy in front of one; in a call without its object, anything. */
// biome-ignore lint/suspicious/noExplicitAny: a client, whose class is declared below
type Receiver = object & { readonly [SELF]?: any };

// Read the private fields.
// biome-ignore lint/suspicious/noExplicitAny: undefined only for what is no client, which isClient rules out
let coreOf: (client: Receiver) => any;
let scopeOf: (client: Receiver) => Scope;

function isClient(receiver: unknown): receiver is ThreadStats {
  return typeof receiver === 'object' && receiver !== null && coreOf(receiver) !== undefined;
}

/** Handles a call with too many arguments, or without a client for its `this`. Neither records. */
function misused(client: ThreadStats | undefined, kind: Kind, name: unknown, extra: unknown, place = 'fourth'): void {
  if (!isClient(client)) warnLostThis(`A method of ThreadStats for a ${KIND_NAMES[kind]}`);
  else coreOf(client).metrics.dropExtraArgument(kind, name, place, extra);
}

/** Describes the mistake for a message. */
const TIMED_TIMESTAMP = 'the same `timestamp` for every call of a timed function (leave it out: the time is that of each end)';

function hasTimestamp(options: unknown): boolean {
  try {
    return typeof options === 'object' && ((options as Options & { timestamp?: unknown }).timestamp ?? undefined) !== undefined;
  } catch {
    // Nor can the options be read when a call is recorded, and it is dropped.
    return false;
  }
}

function eventRow(client: ThreadStats, title: unknown, text: unknown, options: unknown): ReturnType<typeof toEventRow> {
  const core: Core = coreOf(client);
  const scope = scopeOf(client);
  try {
    return toEventRow(title, text, options, [...scope.tags, ...core.constantTags], scope.host ?? core.settings.host);
  } catch {
    // A getter or a proxy of the caller threw.
    return 'Its options cannot be read';
  }
}

/** @throws TypeError for bad arguments, or one too many. */
function bind(
  client: ThreadStats,
  kind: Kind,
  name: string,
  options: readonly string[] | HandleOptions | undefined,
  extra: unknown,
): BoundContext {
  if (extra !== undefined) {
    throw new TypeError(`A handle was given ${showValue(extra)} for a third argument; accepted are a name and options`);
  }
  return new BoundContext(coreOf(client).metrics, scopeOf(client), kind, name, options);
}

/**
 * Collects metrics and events in this process, rolls them up over short intervals, and reports them to Datadog.
 *
 * The recording methods (`gauge` to `timing`, and those of handles) never throw and never wait. A bad sample (a value that is not
 * a finite number, a name without a letter, tags that are not strings) is dropped, counted in {@link telemetry}, and reported to
 * `onError` once for each reason and metric, for at most 10 metrics. With the option `strict` it throws a TypeError instead. A
 * sample before {@link start} or after {@link stop} is dropped and counted, too.
 *
 * Methods need their `this`: in place of `const { increment } = stats`, pass `(...args) => stats.increment(...args)`. A recording
 * method without it records nothing, and a warning is emitted once.
 *
 * Names and tags are normalised as the server does (see the option `normalize`). A name that is used as two kinds is reported to
 * `onError` once. Both are sent, but may overwrite each other at the server.
 */
export class ThreadStats {
  readonly #core: Core;
  readonly #scope: Scope;
  /** @internal */
  declare readonly [SELF]: this;

  static {
    coreOf = (client) => (#core in client ? client.#core : client[SELF] === undefined ? undefined : client[SELF].#core);
    scopeOf = (client) => (#scope in client ? client.#scope : client[SELF].#scope);
  }

  /**
   * @throws TypeError | RangeError for a bad option or environment variable. The message names it, its value and what is
   *   accepted.
   */
  constructor(options?: ThreadStatsOptions) {
    const { core, scope } = options instanceof ChildConfig ? options : rootConfig(resolveOptions(options));
    this.#core = core;
    this.#scope = scope;
    Object.defineProperty(this, SELF, { value: this });
  }

  /**
   * Begins to record, and to flush every `flushInterval` seconds unless `flushMode` is `'manual'`. The timer does not keep the
   * process alive. When the process ends by itself, everything is flushed on 'beforeExit', within 5 seconds. A second call has
   * no effect; the first one with other options is reported to `onError`.
   *
   * @throws MissingApiKeyError without an API key and a `reporter`; TypeError | RangeError for a bad option; ThreadStatsError
   *   after {@link stop}.
   */
  start(options?: StartOptions): this {
    const hasOptions = Object.values(options ?? {}).some((value) => value !== undefined);
    coreOf(this).start(resolveStartOptions(options), hasOptions);
    return this;
  }

  /** Sets a gauge. The last value of an interval is reported. */
  gauge(this: ThreadStats, name: string, value: number, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, GAUGE, name, extra);
    coreOf(this).metrics.record(scopeOf(this), GAUGE, name, value, options);
  }

  /**
   * Adds a member to a set. The number of different members in an interval is reported as a gauge. `1` and `'1'` are different.
   */
  set(this: ThreadStats, name: string, value: string | number, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, SET, name, extra);
    coreOf(this).metrics.recordMember(scopeOf(this), name, value, options);
  }

  /**
   * Adds to a counter. It is reported as a rate per second or, with `counterType: 'count'`, as the sum of the interval.
   * Default: 1.
   */
  increment(this: ThreadStats, name: string, value = 1, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, COUNTER, name, extra);
    coreOf(this).metrics.record(scopeOf(this), COUNTER, name, value, options);
  }

  /** Subtracts from a counter. Default: 1. */
  decrement(this: ThreadStats, name: string, value = 1, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, COUNTER, name, extra);
    coreOf(this).metrics.record(scopeOf(this), COUNTER, name, negated(value), options);
  }

  /**
   * Records a value in a histogram. Each interval is reported as `.min`, `.max`, `.count`, `.avg`, `.75percentile` and so on:
   * see the options `aggregates` and `percentiles`. They describe only this process. Percentiles are exact up to 1000 samples
   * in an interval. Beyond that, they are the percentiles of 1000 randomly selected samples.
   */
  histogram(this: ThreadStats, name: string, value: number, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, HISTOGRAM, name, extra);
    coreOf(this).metrics.record(scopeOf(this), HISTOGRAM, name, value, options);
  }

  /**
   * Records a value of a distribution. Every value is sent, so that the server can compute percentiles over all processes. The
   * option `maxMemoryBytes` limits how many values are kept until a flush.
   */
  distribution(this: ThreadStats, name: string, value: number, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, DISTRIBUTION, name, extra);
    coreOf(this).metrics.record(scopeOf(this), DISTRIBUTION, name, value, options);
  }

  /**
   * Records a duration, which is reported like a {@link histogram}. You choose the unit; {@link timer} and {@link timed} record
   * seconds.
   */
  timing(this: ThreadStats, name: string, value: number, options?: Options, extra?: never): void {
    if (extra !== undefined || !isClient(this)) return misused(this, TIMING, name, extra);
    coreOf(this).metrics.record(scopeOf(this), TIMING, name, value, options);
  }

  /** Starts a timer. Its `stop()`, or the end of a `using` block, records the elapsed seconds as a timing. */
  timer(this: ThreadStats, name: string, options?: Options, extra?: never): Timer {
    return new Timer((seconds) => {
      if (extra !== undefined || !isClient(this)) misused(this, TIMING, name, extra, 'third');
      else this.timing(name, seconds, options);
    });
  }

  /**
   * Returns a wrapper for functions, which is also a decorator for methods. It records the seconds of every call as a timing: see
   * {@link Timed}. It never changes the outcome of a call: the errors of a `strict` client go to `onError`. A call is recorded at
   * the time of its end, so `timestamp` is no option.
   */
  timed(this: ThreadStats, name: string, options?: readonly string[] | HandleOptions, extra?: never): Timed {
    const isDated = hasTimestamp(options);
    return timed((seconds) => {
      try {
        if (extra !== undefined || !isClient(this)) misused(this, TIMING, name, extra, 'third');
        else if (isDated) coreOf(this).metrics.dropMisused(TIMING, name, () => TIMED_TIMESTAMP);
        else this.timing(name, seconds, options);
      } catch (error) {
        coreOf(this).onError(error as Error);
      }
    });
  }

  /**
   * Buffers an event, which the next flush sends. The title must not be empty. Title and text are cut to 4000 characters, the
   * intake's limit for texts. Beyond 10,000 events between two flushes, events are dropped and counted. Throws a TypeError for a
   * bad event if the client is `strict`, and never otherwise.
   */
  event(this: ThreadStats, title: string, text: string, options?: EventOptions, extra?: never): void {
    if (!isClient(this)) return warnLostThis('The method event of ThreadStats');
    const { state, drops, events, metrics, checkHost }: Core = coreOf(this);
    if (state === 'disabled') return;
    if (state === 'idle') return drops.add('eventNotStarted', undefined, () => `the event ${showValue(title)}`);
    if (state === 'stopped') return drops.add('eventStopped', undefined, () => `the event ${showValue(title)}`);
    const row = extra === undefined ? eventRow(this, title, text, options) : 'It has a fourth argument';
    if (typeof row === 'string') drops.add('badEvent', row, () => `an event: ${row}`);
    else if (!events.add(row)) drops.add('eventLimit', undefined, () => `the event ${showValue(title)}`);
    else {
      if (row.host !== undefined) checkHost(row.host);
      if (row.date_happened !== undefined) metrics.times.checkEvent(row.date_happened, metrics.nowSeconds());
    }
  }

  /**
   * Returns a handle for one counter, which records faster than {@link increment} because its name, tags and host are looked up
   * once.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createCounter(name: string, options?: readonly string[] | HandleOptions, extra?: never): Counter {
    return new Counter(bind(this, COUNTER, name, options, extra));
  }

  /**
   * Returns a handle for one gauge. Its `set` does what {@link gauge} does, without looking up the name,
   * tags and host again.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createGauge(name: string, options?: readonly string[] | HandleOptions, extra?: never): Gauge {
    return new Gauge(bind(this, GAUGE, name, options, extra));
  }

  /**
   * Returns a handle for one set. Its `add` does what {@link set} does, without looking up the name,
   * tags and host again.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createSet(name: string, options?: readonly string[] | HandleOptions, extra?: never): MetricSet {
    return new MetricSet(bind(this, SET, name, options, extra));
  }

  /**
   * Returns a handle for one histogram. Its `record` does what {@link histogram} does, without looking up the name,
   * tags and host again.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createHistogram(name: string, options?: readonly string[] | HandleOptions, extra?: never): Histogram {
    return new Histogram(bind(this, HISTOGRAM, name, options, extra));
  }

  /**
   * Returns a handle for one timing. Its `record` does what {@link timing} does, and its `timer` what {@link timer} does, without
   * looking up the name, tags and host again.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createTiming(name: string, options?: readonly string[] | HandleOptions, extra?: never): Timing {
    return new Timing(bind(this, TIMING, name, options, extra));
  }

  /**
   * Returns a handle for one distribution. Its `record` does what {@link distribution} does, without looking up the name,
   * tags and host again.
   *
   * @throws TypeError | RangeError for a bad name, tags, host or option.
   */
  createDistribution(name: string, options?: readonly string[] | HandleOptions, extra?: never): Distribution {
    return new Distribution(bind(this, DISTRIBUTION, name, options, extra));
  }

  /**
   * Returns a client that adds its own prefix, tags and host, and shares everything else with this one: starting, flushing or
   * stopping one of them does the same to the other. Reuse a child, because a new one has to look up its contexts again.
   *
   * @throws TypeError | RangeError for a bad option.
   */
  child(options: ChildOptions = {}): ThreadStats {
    check.checkNames('child', options, CHILD_OPTION_NAMES);
    const { namespace, tags, host } = scopeOf(this);
    const scope = createScope(
      joinNamespaces(namespace, check.checkString('namespace', options.namespace ?? '')),
      [...ownTags(options.tags), ...tags],
      options.host == null ? host : check.checkHost('host', options.host),
    );
    checkTagCount(scope.tags.length);
    // The constructor's declared type does not mention children, because only this method makes them.
    return new ThreadStats(new ChildConfig(coreOf(this), scope) as unknown as ThreadStatsOptions);
  }

  /**
   * Reports every roll-up interval that ended at or before `timestamp`, and all events. It does nothing before {@link start}.
   * Only one flush runs at a time; further calls wait for their turn. An interval that has not ended by the clock stays in memory,
   * and the next flush sends the whole values that have changed: the server keeps the last one.
   *
   * Resolves when each payload has been tried once, or has been queued because the intake is failing. Never rejects: failures go
   * to `onError`. If the timestamp is neither a number nor a valid Date, or is in milliseconds (1e11 or more), an error goes to
   * `onError`, and only events are flushed.
   *
   * @param timestamp POSIX seconds or a Date. `Infinity` reports all intervals, the current one included. Default: now.
   */
  flush(timestamp: number | Date = coreOf(this).metrics.nowSeconds()): Promise<FlushResult> {
    const seconds = posixSeconds(timestamp);
    const isTooFar = Math.abs(seconds) >= MAX_TIMESTAMP_SECONDS && Number.isFinite(seconds);
    return coreOf(this).flush(isTooFar ? Number.NaN : seconds);
  }

  /**
   * Ends the client: stops the timer, flushes everything unless `flush` is false, retries pending rows until they are sent or the
   * `timeout` is over, and closes the reporter. Later samples are dropped and counted. Further calls return the first result.
   *
   * Resolves with the rows of its flush, and never rejects: failures go to `onError`. A stopped client cannot be started again.
   *
   * @throws TypeError | RangeError for a bad option, at once. The client then keeps running.
   */
  stop(options: StopOptions = {}): Promise<FlushResult> {
    const { flush, timeoutMilliseconds } = resolveStopOptions(options);
    return coreOf(this).stop(flush, timeoutMilliseconds);
  }

  /**
   * Counts of what the client and its children have done so far: samples, drops by reason, contexts, flushes, rows, payloads and
   * bytes; see {@link Telemetry}. Each reading returns a new object, which does not change afterwards. Reading it applies the
   * samples that wait in the engine's buffer, and walks over all metrics once, so do not read it for every sample.
   */
  get telemetry(): Telemetry {
    return coreOf(this).telemetry;
  }

  /** Name of the engine that aggregates the samples. */
  get engineName(): EngineName {
    return coreOf(this).metrics.engine.name;
  }
}
