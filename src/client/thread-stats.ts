import { type EventOptions, toEventRow } from '../aggregator/event-aggregator.js';
import type { Scope } from '../contexts/scope.js';
import type { EngineName } from '../engine/engine.js';
import type { FlushResult } from '../model/flush-result.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, TIMING } from '../model/kinds.js';
import type { SampleOptions } from '../model/sample-options.js';
import { ACCEPTED_TAGS, ownTagStrings, type Tags } from '../model/tags.js';
import * as check from '../options/checks.js';
import { Core, DEFAULT_STOP_MILLISECONDS } from './core.js';
import { Counter, Distribution, Gauge, type HandleOptions, Histogram, MetricSet, negated, Timing } from './handles.js';
import { resolveOptions, type ThreadStatsOptions } from './options.js';
import type { StopOptions } from './start-stop-options.js';
import { resolveStartOptions, type StartOptions } from './start-stop-options.js';
import type { Telemetry } from './telemetry.js';
import { type Timed, timed } from './timed.js';
import { Timer } from './timer.js';

/** What a child adds to its parent. */
export interface ChildOptions {
  /** Prefixed to every metric's name, after the parent's namespace and a `.`. Default: none. */
  namespace?: string;
  /** Of every metric and event, after their own and before the parent's. Copied. Default: none. */
  tags?: Tags;
  /** Of every metric and event that names none itself. Default: the parent's. */
  host?: string;
}

/** The tags of a sample, or all that it can carry. */
export type Options = readonly string[] | SampleOptions;

/** What makes a child; not for others. */
class ChildConfig {
  readonly core: Core;
  readonly namespace: string;
  readonly tags: readonly string[];
  readonly host: string | undefined;

  constructor(core: Core, namespace: string, tags: readonly string[], host: string | undefined) {
    this.core = core;
    this.namespace = namespace;
    this.tags = tags;
    this.host = host;
  }
}

/**
 * Collects metrics and events in this process, rolls them up over short intervals and reports them to Datadog.
 *
 * The recording methods (`gauge` to `timing`, and those of handles) never throw and never wait. A malformed sample (a value that
 * is no finite number, a name without a letter, tags that are no strings) is dropped, counted in {@link telemetry} and reported to
 * `onError` once for each reason; with the option `strict` it throws a TypeError instead. So is one before {@link start} or after
 * {@link stop} dropped and counted. Names and tags are spelled as the server spells them (see `normalize`); a name that is used as
 * two kinds is reported once: both are kept here, and collide at the server.
 */
export class ThreadStats {
  readonly #core: Core;
  readonly #lineage: ChildConfig;
  readonly #scope: Scope;

  /**
   * @throws TypeError | RangeError for a bad option or variable: names it, its value and what is accepted.
   */
  constructor(options?: ThreadStatsOptions) {
    if (options instanceof ChildConfig) {
      this.#lineage = options;
      this.#core = options.core;
    } else {
      const settings = resolveOptions(options);
      this.#core = new Core(settings);
      this.#lineage = new ChildConfig(this.#core, settings.namespace, [], settings.host ?? undefined);
    }
    const { namespace, tags, host } = this.#lineage;
    this.#scope = this.#core.metrics.resolver.createScope(namespace, tags, host);
  }

  /**
   * Begins to record, and to flush every `flushInterval` seconds unless `flushMode` is `'manual'`, without keeping the process
   * alive. When it ends by itself all is flushed on 'beforeExit', for 5 seconds at most. Starting twice does nothing.
   *
   * @throws MissingApiKeyError without an API key and a reporter; TypeError | RangeError for a bad option; ThreadStatsError after
   *   {@link stop}.
   */
  start(options?: StartOptions): this {
    this.#core.start(resolveStartOptions(options));
    return this;
  }

  /** Sets a gauge: an interval's last value is reported. */
  gauge(name: string, value: number, options?: Options): void {
    this.#core.metrics.record(this.#scope, GAUGE, name, value, options);
  }

  /** Counts how many different members an interval sees, reported as a gauge. `1` and `'1'` are different. */
  set(name: string, value: string | number, options?: Options): void {
    this.#core.metrics.recordMember(this.#scope, name, value, options);
  }

  /** Adds to a counter, 1 by default. It is reported as a rate per second, or, with `counterType: 'count'`, as a sum. */
  increment(name: string, value = 1, options?: Options): void {
    this.#core.metrics.record(this.#scope, COUNTER, name, value, options);
  }

  /** Takes from a counter, 1 by default. */
  decrement(name: string, value = 1, options?: Options): void {
    this.#core.metrics.record(this.#scope, COUNTER, name, negated(value), options);
  }

  /**
   * Records a value of which an interval reports `.min`, `.max`, `.count`, `.avg`, `.75percentile` and so on (see the options), of
   * this process. Percentiles are exact up to 1000 samples an interval, and beyond it those of 1000 chosen at random.
   */
  histogram(name: string, value: number, options?: Options): void {
    this.#core.metrics.record(this.#scope, HISTOGRAM, name, value, options);
  }

  /**
   * Records a value that is held and sent as it is, so that the server computes percentiles over all processes. See
   * `maxMemoryBytes`.
   */
  distribution(name: string, value: number, options?: Options): void {
    this.#core.metrics.record(this.#scope, DISTRIBUTION, name, value, options);
  }

  /** Records a duration, reported like a {@link histogram}. In seconds, if it is to agree with {@link timer}. */
  timing(name: string, value: number, options?: Options): void {
    this.#core.metrics.record(this.#scope, TIMING, name, value, options);
  }

  /** A running timer, whose `stop()`, or the end of a `using` block, records the elapsed seconds as a timing. */
  timer(name: string, options?: Options): Timer {
    return new Timer((seconds) => this.timing(name, seconds, options));
  }

  /**
   * Wraps a function, or decorates a method, so that the seconds of every call are recorded as a timing: see {@link Timed}. Calls
   * keep their outcome: what a strict client throws goes to `onError`.
   */
  timed(name: string, options?: Options): Timed {
    return timed((seconds) => {
      try {
        this.timing(name, seconds, options);
      } catch (error) {
        this.#core.onError(error as Error);
      }
    });
  }

  /**
   * Reports an event with the next flush. Title and text are cut to 100 and 4000 characters, the intake's limits; past 10,000
   * events between flushes they are dropped and counted. Never throws unless strict.
   */
  event(title: string, text: string, options?: EventOptions): void {
    const { state, drops, events, constantTags } = this.#core;
    if (state === 'disabled') return;
    if (state === 'idle') return drops.add('eventNotStarted', () => 'an event');
    const row = this.#eventRow(title, text, options, constantTags);
    if (typeof row === 'string') drops.add('badEvent', () => `an event: ${row}`);
    else if (!events.add(row)) drops.add('eventLimit', () => 'an event');
  }

  #eventRow(title: unknown, text: unknown, options: unknown, constantTags: readonly string[]): ReturnType<typeof toEventRow> {
    try {
      return toEventRow(title, text, options, [...this.#lineage.tags, ...constantTags], this.#lineage.host);
    } catch {
      // A getter or a proxy of the caller's threw.
      return 'Its options cannot be read';
    }
  }

  /** Handles: name, tags and host are looked up once. Here and below throws a TypeError when they are malformed. */
  createCounter(name: string, options?: readonly string[] | HandleOptions): Counter {
    return new Counter(this.#source, name, options);
  }

  createGauge(name: string, options?: readonly string[] | HandleOptions): Gauge {
    return new Gauge(this.#source, name, options);
  }

  createSet(name: string, options?: readonly string[] | HandleOptions): MetricSet {
    return new MetricSet(this.#source, name, options);
  }

  createHistogram(name: string, options?: readonly string[] | HandleOptions): Histogram {
    return new Histogram(this.#source, name, options);
  }

  createTiming(name: string, options?: readonly string[] | HandleOptions): Timing {
    return new Timing(this.#source, name, options);
  }

  createDistribution(name: string, options?: readonly string[] | HandleOptions): Distribution {
    return new Distribution(this.#source, name, options);
  }

  get #source() {
    return { metrics: this.#core.metrics, scope: this.#scope };
  }

  /**
   * A client that adds its own prefix, tags and host, and shares all else: starting, flushing or stopping either is doing so to
   * both. A child that is kept finds its series faster than a new one for every request.
   *
   * @throws TypeError for a bad option.
   */
  child(options: ChildOptions = {}): ThreadStats {
    check.checkNames('child', options, ['namespace', 'tags', 'host'] satisfies (keyof ChildOptions)[]);
    const { core, namespace, tags, host } = this.#lineage;
    const ownTags = ownTagStrings(options.tags ?? []);
    if (ownTags === undefined) {
      throw check.typeError('tags', options.tags, ACCEPTED_TAGS);
    }
    const ownNamespace = check.checkString('namespace', options.namespace ?? '');
    const lineage = new ChildConfig(
      core,
      [namespace, ownNamespace].filter((part) => part !== '').join('.'),
      [...ownTags, ...tags],
      options.host === undefined ? host : check.checkString('host', options.host),
    );
    // The constructor's parameter is public, and a child's is not.
    return new ThreadStats(lineage as unknown as ThreadStatsOptions);
  }

  /**
   * Reports every roll-up interval that ended at or before `timestamp` (POSIX seconds or a Date; default: now; `Infinity`: all,
   * the current one included), and all events; nothing before {@link start}. A flush that is called while another runs waits for
   * its turn. Resolves when each payload was tried once, or waits because the intake fails. Never rejects: failures go to `onError`,
   * a timestamp that is no number and no valid Date, too, for which events alone are flushed.
   */
  flush(timestamp: number | Date = this.#core.metrics.nowSeconds()): Promise<FlushResult> {
    return this.#core.flush(posixSeconds(timestamp));
  }

  /**
   * Ends the client: ends the timer, flushes everything unless told not to, tries rows that are pending again until they are sent
   * or `timeout` is over, and closes the reporter. Samples from here on are dropped. Stopping twice is stopping once. Resolves with
   * what its flush handed over, and never rejects: failures go to `onError`.
   *
   * @throws TypeError | RangeError for a bad option, at once, and the client goes on.
   */
  stop(options: StopOptions = {}): Promise<FlushResult> {
    check.checkNames('stop', options, ['flush', 'timeout'] satisfies (keyof StopOptions)[]);
    const { flush = true, timeout = DEFAULT_STOP_MILLISECONDS } = options;
    return this.#core.stop(check.checkBoolean('flush', flush), check.checkInteger('timeout', timeout, 0, 2 ** 31 - 1));
  }

  get telemetry(): Telemetry {
    return this.#core.telemetry;
  }

  /** Which engine holds the samples. */
  get engineName(): EngineName {
    return this.#core.metrics.engine.name;
  }
}

/** A moment in POSIX seconds; NaN for what is none. Never throws. */
function posixSeconds(timestamp: unknown): number {
  if (typeof timestamp === 'number') return timestamp;
  try {
    return timestamp instanceof Date ? timestamp.getTime() / 1000 : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
