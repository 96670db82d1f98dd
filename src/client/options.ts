import { resolveTagKeys } from '../contexts/tag-key-filter.js';
import type { EngineName } from '../engine/engine.js';
import type { Reporter } from '../flush/reporter.js';
import { HTTP_OPTION_NAMES, type HttpReporterOptions, resolveHttpOptions } from '../http/options.js';
import type { HttpSettings } from '../http/settings.js';
import { normalizeTag } from '../model/normalize.js';
import { ACCEPTED_TAGS, ownTagStrings, type Tags } from '../model/tags.js';
import { type Aggregate, type Percentile, resolveAggregates, resolvePercentiles } from '../options/aggregates.js';
import * as check from '../options/checks.js';
import { type Environment, environmentTags } from '../options/environment.js';

const COUNTER_TYPES = ['rate', 'count'] as const;
const ENGINES = ['auto', 'wasm', 'js'] as const;
const MIN_MEMORY_BYTES = 4 * 2 ** 20;
/** 4 GiB less one page of WebAssembly. */
const MAX_MEMORY_BYTES = 2 ** 32 - 2 ** 16;

/**
 * Options of {@link ThreadStats}. All may be left out, and undefined counts as left out. The environment is read at construction.
 * An option that does not exist, or has a value of a wrong type, is a TypeError; a value that is not accepted is a RangeError.
 *
 * Those of {@link HttpReporter} are handed to the default reporter; beside a `reporter` of your own they are only checked.
 */
export interface ThreadStatsOptions extends HttpReporterOptions {
  /** Prefixed to the name of every metric, with a `.` between them. Default: none. */
  namespace?: string;
  /**
   * Tags of every metric and event, after its own and before those of the environment: `DATADOG_TAGS` (or `DD_TAGS`; separated by
   * commas), then `env:`, `service:` and `version:` from `DD_ENV`, `DD_SERVICE` and `DD_VERSION`. Copied. Default: none.
   */
  constantTags?: Tags;
  /** Host of every metric and event that names none itself. Default: none. */
  host?: string;
  /** Device of every metric. Default: none. {@link StartOptions.device} overrides it. */
  device?: string;
  /** Where the rows of a flush go. Default: a new {@link HttpReporter}, for which `start()` needs an API key. */
  reporter?: Reporter;
  /**
   * What holds the samples until a flush: `'wasm'`, in WebAssembly, throws where that cannot run; `'js'` is plain TypeScript; `'auto'`
   * takes the first where it runs. Both report the same numbers. Default: `THREADSTATS_ENGINE`, or else `'auto'`.
   */
  engine?: 'auto' | EngineName;
  /**
   * Of histograms and timings, each from 0 to 1: 0.95 is reported as `.95percentile`, 0.999 as `.99_9percentile`. At most 64,
   * `median` included, and no two of one name. Default: `[0.75, 0.85, 0.95, 0.99]`.
   */
  percentiles?: readonly number[];
  /**
   * What else histograms and timings report: `'min'`, `'max'`, `'avg'`, `'sum'` and `'median'` (the percentile 0.5) as gauges,
   * and `'count'` as a rate, or a count, according to `counterType`. No duplicates. Default: `['min', 'max', 'count', 'avg']`.
   */
  aggregates?: readonly Aggregate[];
  /**
   * How counters, and `.count`, are reported: as their sum divided by the interval's seconds, or as their sum. Default: `'rate'`.
   */
  counterType?: 'rate' | 'count';
  /**
   * Most contexts (combinations of kind, name, tags and host) at a time, from 1 to 16,777,215. A sample that would need one more
   * goes to its metric's overflow context, tagged `overflow:true` (at most 1000 of them); one of a gauge or set is dropped. Both are
   * counted. Contexts that are idle for 6 to 12 flushes make room. Default: 100,000.
   */
  maxContexts?: number;
  /**
   * Keys of the tags that samples and children may have: others are cut before contexts are told apart. A key is what precedes a
   * tag's first colon, or a tag without one, normalised as tags are. At most 1000. Constant tags and those of events stay.
   * Default: every key.
   */
  allowTagKeys?: readonly string[];
  /** Keys of the tags that are cut likewise, whatever `allowTagKeys` has. Default: none. */
  denyTagKeys?: readonly string[];
  /**
   * Most bytes of memory of the engine, from 4,194,304 to 4,294,901,760. Samples that would need more are dropped and counted. It
   * takes what live samples need, not all of this. Default: 268,435,456.
   */
  maxMemoryBytes?: number;
  /**
   * Gets each failure of delivery, and the first sample or event that is dropped for each reason. What it throws is ignored.
   * Default: `process.emitWarning`, once for each `code`.
   */
  onError?: (error: Error) => void;
  /** Whether recording a bad sample throws a TypeError, instead of dropping and counting it. Meant for tests. Default: false. */
  strict?: boolean;
  /**
   * The time in POSIX milliseconds, read at every sample that has no timestamp. Default: `Date.now`, read once for each
   * uninterrupted stretch of JavaScript.
   */
  clock?: () => number;
  /**
   * Seed of the choice of the samples that histograms and timings keep past 1000 an interval, from 0 to 4,294,967,295: the same
   * samples give the same percentiles then. Default: random.
   */
  seed?: number;
  /**
   * Whether names and tags are spelled as the server would spell them. Without it they are sent as they are, and two spellings of
   * one series overwrite each other there. Default: true.
   */
  normalize?: boolean;
  /**
   * Whether each flush records, as `threadstats.*`, what the client has done since the flush before: samples, drops, rows, payloads
   * and so on, with constant tags and `host`, but no `namespace`. They are billed as others: 11, and one more for each reason of a
   * drop. Default: false.
   */
  selfMetrics?: boolean;
}

/**
 * {@link ThreadStatsOptions}, checked and complete.
 * @internal
 */
export interface Settings {
  /** Empty for none. */
  readonly namespace: string;
  /** Those of the options, then those of the environment; normalised if `normalize` is. */
  readonly constantTags: readonly string[];
  readonly host: string | null;
  readonly device: string | null;
  /** Undefined for the default one, which is made with `http`. */
  readonly reporter: Reporter | undefined;
  readonly http: HttpSettings;
  readonly engine: 'auto' | EngineName;
  /** By ascending fraction. The aggregate `median` is among them. */
  readonly percentiles: readonly Percentile[];
  readonly aggregates: readonly Exclude<Aggregate, 'median'>[];
  readonly counterType: 'rate' | 'count';
  readonly maxContexts: number;
  /** Whether a tag of a sample is left out; undefined when none is. */
  readonly isTagCut: ((tag: string) => boolean) | undefined;
  readonly maxMemoryBytes: number;
  /** Undefined for the default. */
  readonly onError: ((error: Error) => void) | undefined;
  readonly strict: boolean;
  /** Undefined for the default: `Date.now`, once for each uninterrupted stretch of JavaScript. */
  readonly clock: (() => number) | undefined;
  readonly seed: number;
  readonly normalize: boolean;
  readonly selfMetrics: boolean;
}

// Complete by its type: an option that is added above must be added here.
const OPTION_NAMES = Object.keys({
  namespace: true,
  constantTags: true,
  host: true,
  device: true,
  reporter: true,
  engine: true,
  percentiles: true,
  aggregates: true,
  counterType: true,
  maxContexts: true,
  allowTagKeys: true,
  denyTagKeys: true,
  maxMemoryBytes: true,
  onError: true,
  strict: true,
  clock: true,
  seed: true,
  normalize: true,
  selfMetrics: true,
} satisfies Record<Exclude<keyof ThreadStatsOptions, keyof HttpReporterOptions>, true>);

/**
 * Checks the options and completes them from the environment and the defaults.
 *
 * @throws TypeError | RangeError that names the option (or the environment variable), its value and what is accepted.
 * @internal
 */
export function resolveOptions(options: ThreadStatsOptions = {}, env: Environment = process.env): Settings {
  check.checkNames('ThreadStats', options, [...OPTION_NAMES, ...HTTP_OPTION_NAMES]);
  const {
    namespace = '',
    constantTags = [],
    host = '',
    device = '',
    reporter,
    engine,
    percentiles = [0.75, 0.85, 0.95, 0.99],
    aggregates: givenAggregates = ['min', 'max', 'count', 'avg'],
    counterType = 'rate',
    maxContexts = 100_000,
    allowTagKeys,
    denyTagKeys,
    maxMemoryBytes = 2 ** 28,
    onError,
    strict = false,
    clock,
    seed = Math.floor(Math.random() * 2 ** 32),
    normalize = true,
    selfMetrics = false,
  } = options;
  check.checkBoolean('normalize', normalize);
  const aggregates = resolveAggregates(givenAggregates);
  return {
    namespace: check.checkString('namespace', namespace),
    constantTags: [...resolveConstantTags(constantTags, normalize), ...resolveEnvironmentTags(env, normalize)],
    host: check.checkString('host', host) || null,
    device: check.checkString('device', device) || null,
    reporter: reporter === undefined ? undefined : checkReporter(reporter),
    // The environment must not fail a client that does not use it.
    http: resolveHttpOptions(options, reporter === undefined ? env : {}),
    engine: resolveEngine(engine, env),
    percentiles: resolvePercentiles(percentiles, aggregates.includes('median')),
    aggregates: aggregates.filter((aggregate) => aggregate !== 'median'),
    counterType: check.checkChoice('counterType', counterType, COUNTER_TYPES),
    maxContexts: check.checkInteger('maxContexts', maxContexts, 1, 2 ** 24 - 1),
    isTagCut: resolveTagKeys(allowTagKeys, denyTagKeys, normalize),
    maxMemoryBytes: check.checkInteger('maxMemoryBytes', maxMemoryBytes, MIN_MEMORY_BYTES, MAX_MEMORY_BYTES),
    onError: onError === undefined ? undefined : check.checkFunction('onError', onError),
    strict: check.checkBoolean('strict', strict),
    clock: clock === undefined ? undefined : check.checkFunction('clock', clock),
    seed: check.checkInteger('seed', seed, 0, 2 ** 32 - 1),
    normalize,
    selfMetrics: check.checkBoolean('selfMetrics', selfMetrics),
  };
}

function resolveConstantTags(tags: unknown, normalize: boolean): readonly string[] {
  const strings = ownTagStrings(tags);
  if (strings === undefined) {
    const index = check.ownArray(tags, 100)?.findIndex((tag) => typeof tag !== 'string') ?? -1;
    if (index >= 0) throw check.typeError(`constantTags[${index}]`, (tags as unknown[])[index], 'a string');
    throw check.typeError('constantTags', tags, ACCEPTED_TAGS);
  }
  return strings.map((tag) => {
    const resolved = normalize ? normalizeTag(tag) : tag;
    if (resolved === '') throw check.rangeError('constantTags', tag, 'tags that have a letter');
    return resolved;
  });
}

function resolveEnvironmentTags(env: Environment, normalize: boolean): string[] {
  const tags = environmentTags(env);
  return normalize ? tags.map(normalizeTag).filter((tag) => tag !== '') : tags;
}

function checkReporter(reporter: Reporter): Reporter {
  const accepted = 'an object with the methods flushMetrics, flushDistributions and flushEvents';
  if (typeof reporter !== 'object' || reporter === null) throw check.typeError('reporter', reporter, accepted);
  for (const method of ['flushMetrics', 'flushDistributions', 'flushEvents'] as const) {
    check.checkFunction(`reporter.${method}`, reporter[method]);
  }
  for (const method of ['drain', 'close'] as const) {
    if (reporter[method] !== undefined) check.checkFunction(`reporter.${method}`, reporter[method]);
  }
  return reporter;
}

function resolveEngine(option: unknown, env: Environment): 'auto' | EngineName {
  if (option !== undefined) return check.checkChoice('engine', option, ENGINES);
  const variable = env.THREADSTATS_ENGINE?.trim() || 'auto';
  const engine = ENGINES.find((name) => name === variable);
  if (engine !== undefined) return engine;
  throw new RangeError(
    `The environment variable THREADSTATS_ENGINE is ${check.show(variable)}; accepted is ${check.oneOf(ENGINES)}`,
  );
}
