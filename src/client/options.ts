import { resolveTagKeys } from '../contexts/tag-key-filter.js';
import type { EngineName } from '../engine/engine.js';
import type { Reporter } from '../flush/reporter.js';
import { HTTP_OPTION_NAMES, type HttpReporterOptions, resolveHttpOptions } from '../http/options.js';
import { normalizeTag } from '../model/normalize.js';
import { ACCEPTED_TAGS, ownTagStrings, type Tags } from '../model/tags.js';
import { ownCopy, showValue } from '../model/text.js';
import { type Aggregate, resolveAggregates } from '../options/aggregates.js';
import * as check from '../options/checks.js';
import { type Environment, environmentTags, processEnvironment } from '../options/environment.js';
import { resolvePercentiles } from '../options/percentiles.js';
import { defaultHost } from './default-host.js';
import { isDisabledByEnvironment } from './disabled-by-environment.js';
import { joinNamespaces } from './namespace.js';

const COUNTER_TYPES = ['rate', 'count'] as const;
const ENGINES = ['auto', 'wasm', 'js'] as const;
const MIN_MEMORY_BYTES = 4 * 2 ** 20;
/** 4 GiB minus one page of WebAssembly. */
const MAX_MEMORY_BYTES = 2 ** 32 - 2 ** 16;

/**
 * Options of {@link ThreadStats}. All are optional, and `undefined` counts as not given. The environment variables are read
 * once, when the client is constructed. An unknown option and a value of a wrong type are a TypeError; a value that is out of
 * range is a RangeError.
 *
 * The options of {@link HttpReporter} are passed to the default reporter. If you pass a `reporter` of your own, they are only
 * checked.
 */
export interface ThreadStatsOptions extends HttpReporterOptions {
  /** Prefix of every metric name, joined with a `.`. Dots at its end are removed. Default: none. */
  namespace?: string | undefined;
  /**
   * Tags of every metric and event. They are copied. The environment adds more: those of `DATADOG_TAGS` (or `DD_TAGS`), separated
   * by commas, or by blanks if there is no comma, and then `env:`, `service:` and `version:` from `DD_ENV`, `DD_SERVICE` and
   * `DD_VERSION`. Default: none.
   */
  constantTags?: Tags | undefined;
  /**
   * Host of every metric and event that has no host of its own, at most 253 characters. The empty string means none. Default:
   * `DD_HOSTNAME`, otherwise the name of the machine (in Kubernetes, of the pod); none on serverless platforms, where instances
   * come and go by the minute.
   */
  host?: string | undefined;
  /** Device of every metric. {@link StartOptions.device} overrides it. Default: none. */
  device?: string | undefined;
  /** Receives the rows of each flush. Default: a new {@link HttpReporter}, for which `start()` needs an API key. */
  reporter?: Reporter | undefined;
  /**
   * The engine that aggregates samples: `'wasm'` runs in WebAssembly, and the constructor throws if there is none; `'js'` is
   * plain TypeScript; `'auto'` is `'wasm'` where that can run, otherwise `'js'`. Both report the same numbers. Default:
   * `THREADSTATS_ENGINE`, otherwise `'auto'`.
   */
  engine?: 'auto' | EngineName | undefined;
  /**
   * Percentiles that histograms and timings report, from 0 to 1: 0.95 is reported as `.95percentile`, 0.999 as `.99_9percentile`.
   * At most 64, `median` included, and each only once. Default: `[0.75, 0.85, 0.95, 0.99]`.
   */
  percentiles?: readonly number[] | undefined;
  /**
   * Further values that histograms and timings report: `'min'`, `'max'`, `'avg'`, `'sum'` and `'median'` (of an even number of
   * samples, the lower one of the two in the middle) as gauges, and `'count'` as `counterType` says. Each only once. Default:
   * `['min', 'max', 'count', 'avg']`.
   */
  aggregates?: readonly Aggregate[] | undefined;
  /**
   * How counters, and the `.count` of histograms and timings, are reported: `'rate'` is the sum divided by the seconds of the
   * interval, `'count'` is the sum. Default: `'rate'`.
   */
  counterType?: 'rate' | 'count' | undefined;
  /**
   * Most contexts (combinations of kind, name, tags and host) at a time, from 1 to 16,777,215. A sample that needs one more
   * goes to its metric's overflow context, which is tagged `overflow:true`; there are at most 1000 of these. A sample of a
   * gauge or set is dropped instead. Both are counted. A context without samples is recycled after 6 to 12 flushes. Default:
   * 100,000.
   */
  maxContexts?: number | undefined;
  /**
   * Tag keys that samples, handles and child clients may use. Other tags are removed before the context is looked up. The key
   * of a tag is the part before its first colon, or the whole tag, normalised like tags. Constant tags and tags of events are
   * not affected. At most 1000. Default: every key.
   */
  allowTagKeys?: readonly string[] | undefined;
  /** Tag keys that are removed in the same way, even if `allowTagKeys` lists them. At most 1000. Default: none. */
  denyTagKeys?: readonly string[] | undefined;
  /**
   * Limit of the engine's memory in bytes, from 4,194,304 to 4,294,901,760. A sample that needs more is dropped and counted. The
   * engine allocates memory as samples need it, not all at once. Default: 268,435,456 (256 MiB).
   */
  maxMemoryBytes?: number | undefined;
  /**
   * Called when delivery fails, and for the first sample or event that is dropped for each reason; for a mistake of the caller, of
   * each of at most 10 metrics. Errors that it throws are ignored. It runs in the asynchronous context of the `flush()` or recording
   * method that failed, and in none of the application's for what the client does by itself. Default: `process.emitWarning`, once
   * for each `code`, and for mistakes once for each metric.
   */
  onError?: ((error: Error) => void) | undefined;
  /**
   * Throws a TypeError for a bad sample or event, instead of dropping and counting it. Use it in tests. An error from a `timed`
   * function goes to `onError`. Default: false.
   */
  strict?: boolean | undefined;
  /**
   * Returns the time in POSIX milliseconds. It is called at every sample that has no timestamp. Default: `Date.now`, called once
   * for each uninterrupted run of JavaScript.
   */
  clock?: (() => number) | undefined;
  /**
   * Seed of the random selection of 1000 samples, which a histogram or timing makes when an interval has more of them. An integer
   * from 0 to 4,294,967,295. With the same seed, the same samples report the same percentiles. Default: random.
   */
  seed?: number | undefined;
  /**
   * Normalises names and tags as the server does. If false, they are sent unchanged, and two spellings of one series overwrite
   * each other at the server. Default: true.
   */
  normalize?: boolean | undefined;
  /**
   * Reports metrics about the client itself, named `threadstats.*`: at each flush, what has changed since the flush before it
   * (samples, drops, rows, payloads and so on). They have the constant tags and `host`, but no `namespace`. They are billed like
   * other metrics: 11 series, and one more for each reason for which something is dropped. Default: false.
   */
  selfMetrics?: boolean | undefined;
}

/**
 * {@link ThreadStatsOptions}, checked and complete.
 * @internal
 */
export type Settings = Readonly<ReturnType<typeof resolveOptions>>;

const OPTION_NAMES = check.optionNames<Omit<ThreadStatsOptions, keyof HttpReporterOptions>>('ThreadStats', {
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
});

/**
 * Checks the options and adds those of the environment and the defaults.
 *
 * @throws TypeError | RangeError that names the option or the environment variable, its value and what is accepted.
 * @internal
 */
export function resolveOptions(options: ThreadStatsOptions = {}, env: Environment = processEnvironment) {
  check.checkNames('ThreadStats', options, [...OPTION_NAMES, ...HTTP_OPTION_NAMES]);
  const {
    namespace = '',
    constantTags = [],
    host,
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
    namespace: joinNamespaces('', check.checkString('namespace', namespace)),
    constantTags: [...resolveConstantTags(constantTags, normalize), ...resolveEnvironmentTags(env, normalize)],
    host: host === undefined ? defaultHost(env) : check.checkHost('host', host) || undefined,
    device: check.checkString('device', device) || null,
    // Undefined for the default reporter, which is constructed with `http`.
    reporter: reporter === undefined ? undefined : checkReporter(reporter),
    // A client with a reporter of its own does not use these variables, so they must not make it fail.
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
    isDisabled: isDisabledByEnvironment(env),
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
    const resolved = ownCopy(normalize ? normalizeTag(tag) : tag);
    if (resolved === '') throw check.rangeError('constantTags', tag, 'tags with at least one letter');
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
    `The environment variable THREADSTATS_ENGINE is ${showValue(variable)}; accepted is ${check.oneOf(ENGINES)}`,
  );
}
