import { openClock } from '../aggregator/clock.js';
import { EventAggregator } from '../aggregator/event-aggregator.js';
import { MetricsAggregator } from '../aggregator/metrics-aggregator.js';
import { TimestampWindow } from '../aggregator/timestamp-window.js';
import { MAX_OVERFLOW_CONTEXTS } from '../contexts/context-store.js';
import { Resolver } from '../contexts/resolver.js';
import { ThreadStatsError } from '../diagnostics/errors.js';
import { RowCounter, type RowCounts } from '../diagnostics/row-counts.js';
import { SampleDrops } from '../diagnostics/sample-drops.js';
import { createEngine } from '../engine/create-engine.js';
import { Flusher } from '../flush/flusher.js';
import type { Reporter } from '../flush/reporter.js';
import { nameNormalizer, type RowSeries, rowSeriesByKind, suffixesByKind } from '../flush/row-series.js';
import { sliceReporterOf } from '../flush/slice-reporter.js';
import { HttpReporter } from '../http/http-reporter.js';
import { type FlushResult, NOTHING_FLUSHED } from '../model/flush-result.js';
import { normalizeHost } from '../model/hosts.js';
import { normalizeTag } from '../model/normalize.js';
import { rangeError } from '../options/checks.js';
import { inOwnContext } from '../runtime/own-context.js';
import { PeriodicTimer } from '../runtime/periodic-timer.js';
import { isRequestBound } from '../runtime/request-bound.js';
import { WorkerReporter } from '../worker/worker-reporter.js';
import { errorHandler } from './error-handler.js';
import { warnFolded, warnLongName, warnOddHost, warnTwoKinds } from './metric-warnings.js';
import type { Settings } from './options.js';
import { SelfMetrics } from './self-metrics.js';
import { type RunningClient, Shutdown } from './shutdown.js';
import type { StartSettings } from './start-stop-options.js';
import { collectTelemetry, type Telemetry } from './telemetry.js';

/** The settings of a start, with those of the client where the start has none. */
type CompleteStartSettings = StartSettings & { readonly device: string | null; readonly disabled: boolean };

/** The components that a client and its children share. It puts them together, and starts, flushes and stops them in order. */
export class Core {
  readonly settings: Settings;
  readonly metrics: MetricsAggregator;
  readonly events = new EventAggregator();
  readonly drops: SampleDrops;
  /** Normalised; each tag once. */
  readonly constantTags: readonly string[];
  readonly onError: (error: Error) => void;
  /** Reports the first host that names no machine. */
  readonly checkHost: (host: string) => void;
  #reporter: Reporter | undefined;
  #flusher: Flusher | undefined;
  #timer: PeriodicTimer | undefined;
  #selfMetrics: SelfMetrics | undefined;
  #shutdown: Shutdown | undefined;
  #isDisabled = false;
  /** True once the process exits: nothing that is recorded now can be sent. */
  #hasExited = false;
  #isReentrancyReported = false;
  /** The settings of the first start, until a start with others was reported. */
  #startSettings: CompleteStartSettings | undefined;
  #stopped: Promise<FlushResult> | undefined;
  /** The counts of rows, once nothing can change them any more and some were still pending. */
  #finalRows: RowCounts | undefined;
  readonly #seriesByKind: readonly (readonly RowSeries[])[];

  /** @throws Error if the engine that the options ask for cannot run. */
  constructor(settings: Settings) {
    this.settings = settings;
    this.#seriesByKind = rowSeriesByKind(settings);
    this.onError = errorHandler(settings.onError);
    this.drops = new SampleDrops(settings.strict, this.onError);
    this.checkHost = warnOddHost(this.onError);
    const identity = (text: string): string => text;
    const resolver = new Resolver({
      maxContexts: settings.maxContexts,
      normalizeName: settings.normalize ? nameNormalizer(settings, (...cut) => warnLongName(this.onError, ...cut)) : identity,
      normalizeTag: settings.normalize ? normalizeTag : identity,
      constantTags: settings.constantTags,
      normalizeHost: (host) => {
        this.checkHost(host);
        return normalizeHost(host);
      },
      onTwoKinds: warnTwoKinds(this.onError),
      suffixes: suffixesByKind(this.#seriesByKind),
      onFold: (name, kind) => warnFolded(this.onError, resolver.contexts, name, kind),
      host: settings.host,
      isTagCut: settings.isTagCut,
    });
    this.constantTags = resolver.constantTags;
    const engine = createEngine(settings.engine, {
      contextCapacity: settings.maxContexts + MAX_OVERFLOW_CONTEXTS + 1,
      memoryBytes: settings.maxMemoryBytes,
      percentiles: settings.percentiles.map(({ fraction }) => fraction),
      seed: settings.seed,
    });
    const clock = openClock(settings.clock, this.onError);
    this.metrics = new MetricsAggregator(engine, resolver, this.drops, new TimestampWindow(this.onError), clock);
  }

  /**
   * Begins to record and to flush. A second call has no effect. The first one with other options is reported.
   *
   * @param hasOptions False if the caller has passed no options, and so asks for none in particular.
   * @throws MissingApiKeyError if the default reporter has no key; ThreadStatsError after a stop.
   */
  start(settings: StartSettings, hasOptions: boolean): void {
    const { device = this.settings.device, disabled = this.settings.isDisabled } = settings;
    // Threads and timers outlive the caller, which may be a request of the application.
    inOwnContext(() => this.#start({ ...settings, device, disabled }, hasOptions));
  }

  #start(settings: CompleteStartSettings, hasOptions: boolean): void {
    const { flushIntervalMilliseconds, rollUpIntervalSeconds, latenessSeconds, device, disabled } = settings;
    if (this.#stopped !== undefined)
      throw new ThreadStatsError(
        'ERR_THREADSTATS_STOPPED',
        'A client that was stopped cannot be started again; construct a new one',
      );
    if (this.#isDisabled) return;
    if (this.#flusher !== undefined) {
      if (hasOptions) this.#reportOtherStart(settings);
      return;
    }
    this.#isDisabled = disabled;
    if (!disabled) {
      const flushMode = this.#possibleMode(settings.flushMode);
      const worker = flushMode === 'worker' ? this.#openWorker() : undefined;
      this.#reporter = worker ?? this.settings.reporter ?? new HttpReporter(this.settings.http);
      this.#flusher = new Flusher({
        metrics: this.metrics,
        events: this.events,
        reporter: this.#reporter,
        seriesByKind: this.#seriesByKind,
        constantTags: this.constantTags,
        device,
        host: this.settings.host,
        onError: this.onError,
      });
      const flusher = this.#flusher;
      const slices = sliceReporterOf(this.#reporter);
      if (slices !== undefined) slices.onBackgroundError = (error) => flusher.reportError(error);
      this.#startSettings = settings;
      this.#shutdown = this.#openShutdown(this.#reporter, worker, flusher, settings);
      if (flushMode !== 'manual') {
        this.#timer = new PeriodicTimer(flushIntervalMilliseconds, async () => {
          // Everything is being flushed. Another flush would record the client's own metrics, which would be left.
          if (!this.#shutdown!.isFlushingBeforeExit) await this.flush(this.metrics.nowSeconds());
        });
      }
    }
    // The server takes the device for this tag, so that a sample which has it belongs to the same series as one without.
    if (device !== null) {
      const tag = `device:${device}`;
      this.metrics.resolver.leaveOut(this.settings.normalize ? normalizeTag(tag) : tag);
    }
    this.metrics.start(rollUpIntervalSeconds, disabled, latenessSeconds);
    if (this.settings.selfMetrics && !disabled) {
      this.#selfMetrics = new SelfMetrics(this.metrics, this.telemetry);
    }
  }

  #reportOtherStart(settings: CompleteStartSettings): void {
    const first = this.#startSettings as Record<string, unknown> | undefined;
    const others = Object.entries(settings).filter(([name, value]) => String(first?.[name]) !== String(value));
    if (first === undefined || others.length === 0) return;
    this.#startSettings = undefined;
    const finding = 'start() was called a second time with options that differ from those of the first call, and has no effect';
    const message = `${finding}: start a client in one place. Reported once`;
    this.onError(new ThreadStatsError('ERR_THREADSTATS_STARTED', message));
  }

  /** Returns the mode, or `'manual'` where timers do not fire between requests. */
  #possibleMode(flushMode: StartSettings['flushMode']): StartSettings['flushMode'] {
    if (flushMode === 'manual' || !isRequestBound()) return flushMode;
    const finding = `flushMode '${flushMode}' never flushes in this runtime, which runs nothing between requests`;
    const advice = "pass flushMode: 'manual', and give `stats.flush(Infinity)` to ctx.waitUntil() in each request";
    this.onError(new ThreadStatsError('ERR_THREADSTATS_NO_TIMER', `${finding}: ${advice}`));
    return 'manual';
  }

  #openWorker(): WorkerReporter {
    const { reporter, http, percentiles } = this.settings;
    if (reporter !== undefined) {
      const accepted =
        "'timer' or 'manual' beside a `reporter` of your own, which cannot leave this thread; for a worker, pass the options of HttpReporter to ThreadStats instead";
      throw rangeError('flushMode', 'worker', accepted);
    }
    if (http.secrets().dispatcher !== undefined) {
      throw rangeError('flushMode', 'worker', "'timer' or 'manual' beside a `dispatcher`, which cannot leave this thread");
    }
    return new WorkerReporter({
      http,
      contexts: this.metrics.resolver.contexts,
      percentiles: percentiles.map(({ fraction }) => fraction),
      onError: this.onError,
    });
  }

  #openShutdown(reporter: Reporter, worker: WorkerReporter | undefined, flusher: Flusher, settings: StartSettings): Shutdown {
    const client: RunningClient = {
      reporter,
      worker,
      flusher,
      onError: this.onError,
      isEmpty: () => this.metrics.isEmpty && this.events.size === 0,
      pendingRows: () => this.telemetry.rows.pending,
      writeOffPending: () => this.#writeOffPending(),
      endRecording: () => {
        this.#hasExited = true;
        this.metrics.stop();
      },
      flush: () => this.flush(Number.POSITIVE_INFINITY),
      stop: (flush, timeoutMilliseconds) => this.stop(flush, timeoutMilliseconds),
      stopAtSignal: (timeoutMilliseconds) => {
        this.drops.isProcessEnding = true;
        return this.stop(true, timeoutMilliseconds);
      },
    };
    return new Shutdown(client, settings);
  }

  /** A printed client shows nothing of its core: the settings hold the API key. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return 'Core {}';
  }

  /** Tells whether events are recorded (`recording`), ignored (`disabled`), or dropped and counted (`idle`, `stopped`). */
  get state(): 'idle' | 'recording' | 'disabled' | 'stopped' {
    if (this.#isDisabled) return 'disabled';
    if (this.#stopped !== undefined || this.#hasExited) return 'stopped';
    return this.#flusher === undefined ? 'idle' : 'recording';
  }

  async flush(timestampSeconds: number): Promise<FlushResult> {
    // The reporter must not be called after the last flush.
    if (this.#stopped !== undefined) {
      if (!this.#isWaitForItself('flush')) await this.#stopped;
      return { ...NOTHING_FLUSHED };
    }
    if (this.#flusher === undefined) return { ...NOTHING_FLUSHED };
    if (Number.isNaN(timestampSeconds)) {
      const finding = 'The timestamp of a flush is neither a number nor a valid Date, or it is 1e11 or more';
      const message = `${finding}, so only events are flushed; pass POSIX seconds (not milliseconds), a Date or Infinity`;
      this.onError(new ThreadStatsError('ERR_THREADSTATS_FLUSH_TIMESTAMP', message));
    }
    this.#selfMetrics?.record(this.telemetry);
    const flushed = this.#flusher.flush(timestampSeconds);
    return this.#isWaitForItself('flush') ? { ...NOTHING_FLUSHED } : flushed;
  }

  /** Whether the reporter waits for a flush that waits for the reporter. The first time is reported. */
  #isWaitForItself(method: 'flush' | 'stop'): boolean {
    if (this.#flusher?.isCalledByReporter !== true) return false;
    if (!this.#isReentrancyReported) {
      this.#isReentrancyReported = true;
      const finding = `The reporter called ${method}() of its own client during a flush, which would have waited for itself`;
      const message = `${finding}. It takes place after this flush, and the call has resolved at once. Reported once`;
      this.onError(new ThreadStatsError('ERR_THREADSTATS_REENTRANT', message));
    }
    return true;
  }

  /** Ends the client. Further calls return the promise of the first one. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    this.#stopped ??= this.#stop(flush, timeoutMilliseconds);
    return this.#isWaitForItself('stop') ? Promise.resolve({ ...NOTHING_FLUSHED }) : this.#stopped;
  }

  async #stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    this.#timer?.stop();
    if (flush) this.#selfMetrics?.record(this.telemetry);
    // A disabled client goes on ignoring samples, and does not count them as dropped.
    if (!this.#isDisabled) this.metrics.stop();
    this.#flusher?.endWriting();
    return this.#shutdown?.stop(flush, timeoutMilliseconds) ?? { ...NOTHING_FLUSHED };
  }

  #writeOffPending(): number {
    const { rows } = this.telemetry;
    if (rows.pending <= 0) return 0;
    const final = Object.assign(new RowCounter(), { sent: rows.sent, spooled: rows.spooled, takenOver: rows.takenOver });
    Object.assign(final.dropped, rows.dropped);
    final.drop('closed', rows.pending);
    this.#finalRows = final.plus();
    return rows.pending;
  }

  get telemetry(): Telemetry {
    const telemetry = collectTelemetry(this.metrics, this.drops, this.#seriesByKind, this.#flusher, this.#reporter);
    return this.#finalRows === undefined ? telemetry : { ...telemetry, rows: this.#finalRows };
  }
}
