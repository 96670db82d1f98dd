// What a client and its children share: one of each component, from the options to the exit.

import { guardedClock } from '../aggregator/clock.js';
import { EventAggregator } from '../aggregator/event-aggregator.js';
import { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import { TimestampWindow } from '../aggregator/timestamp-window.js';
import { billableSeries } from '../contexts/cardinality.js';
import { MAX_OVERFLOW_CONTEXTS } from '../contexts/context-store.js';
import { Resolver } from '../contexts/resolver.js';
import { ThreadStatsError } from '../diagnostics/errors.js';
import { RowCounter } from '../diagnostics/row-counts.js';
import { SampleDrops } from '../diagnostics/sample-drops.js';
import { createEngine } from '../engine/create-engine.js';
import { Flusher, reporterError } from '../flush/flusher.js';
import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import { nameNormalizer, type RowSeries, rowSeriesByKind } from '../flush/row-series.js';
import { sliceReporterOf } from '../flush/slice-reporter.js';
import { HttpReporter } from '../http/http-reporter.js';
import type { FlushResult } from '../model/flush-result.js';
import { normalizeTag } from '../model/normalize.js';
import { rangeError } from '../options/checks.js';
import { onBeforeExit } from '../runtime/before-exit.js';
import { onExit } from '../runtime/exit.js';
import { PeriodicTimer } from '../runtime/periodic-timer.js';
import { onSignals } from '../runtime/signals.js';
import { WorkerReporter } from '../worker/worker-reporter.js';
import { errorHandler } from './error-handler.js';
import { reportFold, reportTwoKinds } from './metric-warnings.js';
import type { Settings } from './options.js';
import { SelfMetrics } from './self-metrics.js';
import type { StartSettings } from './start-stop-options.js';
import type { Telemetry } from './telemetry.js';

/** Flushes at the end of the process: enough for what its other listeners record, and an end to what each flush makes `onError` or a reporter record. */
const MAX_EXIT_FLUSHES = 3;

/** Time for the flush of a stop that does not say. */
export const DEFAULT_STOP_MILLISECONDS = 5000;

/** Least time for the reporter to close, and for a flush that this cuts off to count its rows. */
const CLOSE_MILLISECONDS = 1000;

const NOTHING: FlushResult = Object.freeze({ metrics: 0, distributions: 0, events: 0, pending: 0 });

/** A client's components, and the order in which they start, flush and stop. */
export class Core {
  readonly settings: Settings;
  readonly metrics: MetricsAggregator;
  readonly events = new EventAggregator();
  readonly drops: SampleDrops;
  /** Normalised, each once. */
  readonly constantTags: readonly string[];
  readonly onError: (error: Error) => void;
  #reporter: Reporter | undefined;
  #flusher: Flusher | undefined;
  #timer: PeriodicTimer | undefined;
  #selfMetrics: SelfMetrics | undefined;
  #forgetExit: (() => void) | undefined;
  #forgetSignals: (() => void) | undefined;
  #forgetWorker: (() => void) | undefined;
  #isDisabled = false;
  #exitFlushes = 0;
  /** What is left for the flushes at the end of the process, all together. */
  #exitMilliseconds = DEFAULT_STOP_MILLISECONDS;
  #stopped: Promise<FlushResult> | undefined;
  readonly #seriesByKind: readonly (readonly RowSeries[])[];

  /** Throws when the engine asked for cannot run. */
  constructor(settings: Settings) {
    this.settings = settings;
    this.#seriesByKind = rowSeriesByKind(settings);
    this.onError = errorHandler(settings.onError);
    this.drops = new SampleDrops(settings.strict, this.onError);
    const identity = (text: string): string => text;
    const resolver = new Resolver({
      maxContexts: settings.maxContexts,
      normalizeName: settings.normalize ? nameNormalizer(settings) : identity,
      normalizeTag: settings.normalize ? normalizeTag : identity,
      onTwoKinds: reportTwoKinds(this.onError),
      onFold: (name, kind) => reportFold(this.onError, resolver.contexts, name, kind),
      host: settings.host ?? undefined,
      isTagCut: settings.isTagCut,
    });
    this.constantTags = resolver.setConstantTags(settings.constantTags);
    const engine = createEngine(settings.engine, {
      contextCapacity: settings.maxContexts + MAX_OVERFLOW_CONTEXTS + 1,
      memoryBytes: settings.maxMemoryBytes,
      percentiles: settings.percentiles.map(({ fraction }) => fraction),
      seed: settings.seed,
    });
    const clock = settings.clock && guardedClock(settings.clock, this.onError);
    this.metrics = new MetricsAggregator(engine, resolver, this.drops, new TimestampWindow(this.onError), clock);
  }

  /** Begins to record and to flush. Throws MissingApiKeyError when the default reporter has no key, and after a stop. */
  start(settings: StartSettings): void {
    const { flushMode, flushIntervalMilliseconds, rollUpIntervalSeconds, latenessSeconds, disabled, device } = settings;
    if (this.#stopped !== undefined)
      throw new ThreadStatsError('ERR_THREADSTATS_STOPPED', 'A client that was stopped cannot be started again');
    if (this.#isStarted) return;
    this.#isDisabled = disabled;
    if (!disabled) {
      const worker = flushMode === 'worker' ? this.#openWorker() : undefined;
      this.#reporter = worker ?? this.settings.reporter ?? new HttpReporter(this.settings.http);
      this.#flusher = new Flusher({
        metrics: this.metrics,
        events: this.events,
        reporter: this.#reporter,
        seriesByKind: this.#seriesByKind,
        constantTags: this.constantTags,
        device: device === undefined ? this.settings.device : device,
        onError: this.onError,
      });
      const flusher = this.#flusher;
      if (worker !== undefined) this.#finishAtExit(worker, flusher, settings.exitMilliseconds);
      const slices = sliceReporterOf(this.#reporter);
      if (slices !== undefined) {
        slices.preloadTransport();
        slices.onBackgroundError = (error) => flusher.reportError(error);
      }
      if (!settings.survivesBeforeExit) this.#forgetExit = onBeforeExit(() => this.#flushRest());
      this.#forgetSignals = onSignals(settings.handleSignals, {
        flush: () => this.flush(Number.POSITIVE_INFINITY),
        stop: () => this.stop(true, DEFAULT_STOP_MILLISECONDS),
      });
      if (flushMode !== 'manual') {
        this.#timer = new PeriodicTimer(flushIntervalMilliseconds, async () => {
          await this.flush(this.metrics.nowSeconds());
        });
      }
    }
    this.metrics.start(rollUpIntervalSeconds, disabled, latenessSeconds);
    if (this.settings.selfMetrics && !disabled) {
      this.#selfMetrics = new SelfMetrics(this.metrics, this.settings.host, this.telemetry);
    }
  }

  #openWorker(): WorkerReporter {
    const { reporter, http, percentiles } = this.settings;
    if (reporter !== undefined) {
      const accepted =
        "'timer' or 'manual' beside a `reporter` of your own, which lives in this thread; a worker sends by the default one, for which its options are those of ThreadStats";
      throw rangeError('flushMode', 'worker', accepted);
    }
    return new WorkerReporter({
      http,
      contexts: this.metrics.resolver.contexts,
      percentiles: percentiles.map(({ fraction }) => fraction),
      onError: this.onError,
    });
  }

  #finishAtExit(reporter: WorkerReporter, flusher: Flusher, milliseconds: number): void {
    this.#forgetWorker = onExit({
      handOver: () => {
        flusher.handOverAtExit();
        if (reporter.telemetry.rows.pending === 0) return 0;
        reporter.finish(milliseconds);
        return milliseconds;
      },
      wait: (endMilliseconds) => reporter.waitAtExit(endMilliseconds),
    });
  }

  get #isStarted(): boolean {
    return this.#isDisabled || this.#flusher !== undefined;
  }

  /** Whether events are taken, or else why not. */
  get state(): 'idle' | 'recording' | 'disabled' {
    if (this.#isDisabled) return 'disabled';
    return this.#flusher === undefined || this.#stopped !== undefined ? 'idle' : 'recording';
  }

  async flush(timestampSeconds: number): Promise<FlushResult> {
    // The reporter was promised that nothing comes after the last flush.
    if (this.#stopped !== undefined) {
      await this.#stopped;
      return { ...NOTHING };
    }
    if (this.#flusher === undefined) return { ...NOTHING };
    if (Number.isNaN(timestampSeconds)) {
      const message = 'A flush was given a timestamp that is neither a number nor a valid Date, and so reports no interval';
      this.onError(new ThreadStatsError('ERR_THREADSTATS_FLUSH_TIMESTAMP', message));
    }
    this.#selfMetrics?.record(this.telemetry);
    return this.#flusher.flush(timestampSeconds);
  }

  /** Flushes what is left as the event loop runs empty; undefined when there is nothing or it was done often enough, or else the process would never end. */
  #flushRest(): Promise<void> | undefined {
    const isEmpty = this.metrics.isEmpty && this.events.size === 0 && this.telemetry.rows.pending === 0;
    if (isEmpty || this.#exitFlushes === MAX_EXIT_FLUSHES) return undefined;
    this.#exitFlushes++;
    return this.#flushAtExit();
  }

  async #flushAtExit(): Promise<void> {
    const endMilliseconds = performance.now() + this.#exitMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - performance.now());
    let isFlushed = false;
    void this.#drain(left());
    const flushed = this.flush(Number.POSITIVE_INFINITY).then(() => {
      isFlushed = true;
      return this.#drain(left());
    });
    // What is under way keeps the process alive; for a reporter that only never ends it is not kept.
    await within(left(), flushed, false);
    this.#exitMilliseconds = left();
    if (isFlushed && this.telemetry.rows.pending === 0) return;
    // Nobody comes back for what is left; but the process may go on, and has not asked for a stop.
    const slices = this.#reporter && sliceReporterOf(this.#reporter);
    if (slices !== undefined) await slices.abandonPending();
    else await this.stop(true, 0);
  }

  /** Ends the client, once. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    // Not before the end: a signal that comes meanwhile would end the process amid the flush.
    this.#stopped ??= this.#stop(flush, timeoutMilliseconds).finally(() => this.#forgetSignals?.());
    return this.#stopped;
  }

  async #stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    this.#timer?.stop();
    this.#forgetExit?.();
    if (!flush) this.#forgetWorker?.();
    if (flush) this.#selfMetrics?.record(this.telemetry);
    // A disabled client goes on ignoring what it is given.
    if (!this.#isDisabled) this.metrics.stop();
    if (this.#flusher === undefined) return { ...NOTHING };
    let result: FlushResult | undefined;
    const endMilliseconds = performance.now() + timeoutMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - performance.now());
    void this.#drain(timeoutMilliseconds);
    // The flush under way has its time too; only a new one is left out.
    const last = flush ? this.#flusher.flush(Number.POSITIVE_INFINITY) : this.#flusher.settled().then(() => ({ ...NOTHING }));
    const flushed = last.then((done) => {
      result = done;
    });
    await within(
      timeoutMilliseconds,
      flushed.then(() => this.#drain(left())),
    );
    this.#flusher.close();
    // Ended connections make a flush that is still under way fail, and so count its rows.
    const closed = Promise.all([this.#closeReporter(), flushed]);
    await within(Math.max(left(), CLOSE_MILLISECONDS), closed);
    this.#forgetWorker?.();
    if (result === undefined) {
      const message = `The last flush had not ended ${timeoutMilliseconds} ms after stop(), and closing the reporter did not end it`;
      this.onError(new ThreadStatsError('ERR_THREADSTATS_STOP_TIMEOUT', message));
    }
    // What it left waiting was delivered since, or given up.
    const pending = Math.min(result?.pending ?? Number.POSITIVE_INFINITY, this.telemetry.rows.pending);
    return { ...(result ?? NOTHING), pending };
  }

  /** Has the reporter try what it has kept. */
  async #drain(milliseconds: number): Promise<void> {
    try {
      await this.#reporter?.drain?.(milliseconds);
    } catch (error) {
      this.onError(reporterError(error));
    }
  }

  async #closeReporter(): Promise<void> {
    try {
      await this.#reporter?.close?.();
    } catch (error) {
      this.onError(reporterError(error));
    }
  }

  #reporterTelemetry(): Partial<ReporterTelemetry> {
    try {
      const telemetry = this.#reporter?.telemetry;
      // Copies, because a getter of a reporter of the application's may throw.
      return { ...telemetry, rows: new RowCounter().plus(telemetry?.rows) };
    } catch {
      return {};
    }
  }

  get telemetry(): Telemetry {
    const { applied } = this.metrics;
    const { contexts } = this.metrics.resolver;
    const { payloads = 0, bytesSent = 0, retries = 0, queueBytes = 0, spoolBytes = 0, rows } = this.#reporterTelemetry();
    return {
      samples: applied + this.drops.samples,
      applied,
      folded: this.metrics.resolver.folded,
      oldSamples: this.metrics.times.oldSamples,
      futureSamples: this.metrics.times.futureSamples,
      dropped: { ...this.drops.counts },
      contexts: contexts.size,
      billableSeries: billableSeries(contexts, this.#seriesByKind),
      engineBytes: this.metrics.engine.memoryBytes,
      flushes: this.#flusher?.flushes ?? 0,
      flushMilliseconds: this.#flusher?.flushMilliseconds ?? 0,
      rows: (this.#flusher?.rows ?? new RowCounter()).plus(rows),
      payloads,
      bytesSent,
      retries,
      queueBytes,
      spoolBytes,
    };
  }
}

/** Waits for the promise, which never rejects, but no longer than that. */
async function within(milliseconds: number, promise: Promise<unknown>, keepsAlive = true): Promise<void> {
  let timeout: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timeout = setTimeout(resolve, milliseconds);
    if (!keepsAlive) timeout.unref();
  });
  await Promise.race([promise, late]);
  clearTimeout(timeout);
}
