// A flush's way from the application's thread to the worker, and what keeps it from losing anything when the worker ends.
//
// Raw slices are copied into memory that both threads share. Of 100,000 counters and 5000 histograms of 200 samples that takes
// this thread 13 ms, in stretches of half a millisecond, where a flush by the timer takes 50. What lost: buffers that are
// transferred need a second copy, for what was not answered for must be kept (2.3 ms for 550 slices, 1.5 shared); an engine in
// shared memory, drained by the worker under a lock, would make every drain of the buffer of samples wait for the worker, and
// leave out the engine in TypeScript, to save these 13 ms.

import type { ContextStore } from '../contexts/context-store.js';
import type { ChannelMessages } from '../diagnostics/channel-messages.js';
import { publishDrop, publishPayload } from '../diagnostics/channels.js';
import { DeliveryError, MissingApiKeyError, ThreadStatsError } from '../diagnostics/errors.js';
import type { RowCounts } from '../diagnostics/row-counts.js';
import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import type { RowContext } from '../flush/row-context.js';
import {
  abandonPending,
  type BackgroundErrorReporter,
  onBackgroundError,
  openReport,
  type SliceReporter,
  type SliceSink,
} from '../flush/slice-sink.js';
import { HttpReporter } from '../http/http-reporter.js';
import type { HttpSettings } from '../http/settings.js';
import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';
import { ContextSender } from '../raw-snapshot/context-sender.js';
import { sliceOf } from '../raw-snapshot/raw-slice.js';
import { ErrorReviver } from './error-message.js';
import { MainThreadFallback } from './main-thread-fallback.js';
import type { CallMessage, FromWorker, ToWorker } from './messages.js';
import { settingsMessage } from './settings-message.js';
import { type KeptSlice, WorkerSliceSink } from './worker-slice-sink.js';
import { WorkerTelemetry } from './worker-telemetry.js';
import { WorkerThread } from './worker-thread.js';

/** What a worker reporter works with. */
export interface WorkerReporterSettings {
  readonly http: HttpSettings;
  readonly contexts: ContextStore;
  /** Ascending, each from 0 to 1. */
  readonly percentiles: readonly number[];
  readonly onError: (error: Error) => void;
}

/** Workers that may end one after the other, with no answer between, before the application's thread does their work. */
const MAX_CRASHES = 3;
/** Before a worker is replaced that had taken another's place and done nothing. */
const RESTART_MILLISECONDS = 500;
/** What is left of the time at the exit when the worker gives up what it waits for. */
const CLOSE_AT_EXIT_MILLISECONDS = 200;

interface Call {
  readonly message: CallMessage;
  readonly rows: number;
  /** Where they come from; undefined for events. */
  readonly report: WorkerSliceSink | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hands raw slices to a worker, in which an HttpReporter of the same settings does the rest. Everything is kept until the
 * worker has answered for it: when it ends before, the next is given it again, and when one after the other ends, or there
 * can be none, an HttpReporter on this thread.
 */
export class WorkerReporter implements Reporter, SliceReporter, BackgroundErrorReporter {
  readonly #settings: WorkerReporterSettings;
  readonly #contexts: ContextSender;
  /** What was not answered for, and what is being read. */
  readonly #reports = new Map<number, WorkerSliceSink>();
  readonly #calls = new Map<number, Call>();
  /** Digests of the requests that were accepted since there was nothing to answer for. */
  #accepted: string[] = [];
  #nextId = 1;
  #worker: WorkerThread | undefined;
  #restart: NodeJS.Timeout | undefined;
  #crashes = 0;
  /** Takes the worker's place. */
  #local: MainThreadFallback | undefined;
  #flag = new Int32Array(new SharedArrayBuffer(4));
  #onClosed: (() => void) | undefined;
  #closeError: Error | undefined;
  #isClosed = false;
  #isExiting = false;
  readonly #telemetry = new WorkerTelemetry();
  #errors = new ErrorReviver();
  #onLater: (error: Error) => void = () => {};

  /** @throws MissingApiKeyError */
  constructor(settings: WorkerReporterSettings) {
    this.#settings = settings;
    if (settings.http.apiKey === undefined) throw new MissingApiKeyError();
    this.#contexts = new ContextSender(settings.contexts);
    this.#start();
  }

  get telemetry(): ReporterTelemetry & { readonly rows: RowCounts } {
    return this.#telemetry.total(this.#local?.reporter.telemetry);
  }

  [openReport](context: RowContext): SliceSink | undefined {
    if (this.#local !== undefined) return this.#local.reporter[openReport](context);
    // Of a report that had no rows, or failed, nobody has asked that it be sent.
    for (const report of this.#reports.values()) {
      if (!report.isCalled) this.#telemetry.given -= report.rowsGiven;
      this.#forgetUncalled(report);
    }
    return new WorkerSliceSink(this.#nextId++, context, {
      onSlice: (report, slice) => this.#addSlice(report, slice),
      send: (report, part) => {
        report.isCalled = true;
        const message = { type: 'send', call: this.#nextId++, report: report.id, part } as const;
        return this.#call(message, report.rows[part], report);
      },
    });
  }

  async flushEvents(events: EventRow[]): Promise<void> {
    if (this.#local !== undefined) return this.#local.reporter.flushEvents(events);
    this.#telemetry.given += events.length;
    return this.#call({ type: 'events', call: this.#nextId++, events }, events.length, undefined);
  }

  async drain(milliseconds: number): Promise<void> {
    if (this.#local !== undefined) return this.#local.reporter.drain(milliseconds);
    if (this.#worker !== undefined) await this.#call({ type: 'drain', call: this.#nextId++, milliseconds }, 0, undefined);
  }

  async [abandonPending](): Promise<void> {
    if (this.#local !== undefined) return this.#local.reporter[abandonPending]();
    if (this.#worker === undefined && this.#calls.size === 0) return;
    // Rejected only when it is closed meanwhile, which gives up as much.
    await this.#call({ type: 'giveUp', call: this.#nextId++ }, 0, undefined).catch(() => {});
  }

  [onBackgroundError](onError: (error: Error) => void): void {
    this.#onLater = onError;
    this.#local?.reporter[onBackgroundError](onError);
  }

  // Rows come only where this thread does the worker's work, and when they do so even there: see HttpReporter.
  async flushMetrics(rows: MetricRow[]): Promise<void> {
    await this.#local?.reporter.flushMetrics(rows);
  }

  async flushDistributions(rows: DistributionRow[]): Promise<void> {
    await this.#local?.reporter.flushDistributions(rows);
  }

  #addSlice(report: WorkerSliceSink, slice: KeptSlice): void {
    const isFirst = !this.#reports.has(report.id);
    this.#reports.set(report.id, report);
    if (this.#local !== undefined) return this.#local.addSlice(report, slice);
    this.#telemetry.given += slice.rows;
    if (this.#isClosed) return;
    if (this.#worker === undefined) this.#start();
    else {
      if (isFirst) this.#postReport(report);
      this.#postSlice(report, slice);
    }
  }

  #postReport(report: WorkerSliceSink): void {
    const { seriesByKind, constantTags, device, intervalSeconds } = report.context;
    const parts = report.unansweredParts;
    this.#post({ type: 'report', report: report.id, seriesByKind, constantTags, device, intervalSeconds, parts });
  }

  #postSlice(report: WorkerSliceSink, slice: KeptSlice): void {
    const { startSeconds, length, continues, columns } = slice;
    const newContexts = this.#contexts.newContexts(sliceOf(slice).codes, length);
    this.#post({ type: 'slice', report: report.id, startSeconds, length, continues, columns, newContexts });
  }

  #call(message: CallMessage, rows: number, report: WorkerSliceSink | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = { message, rows, report, resolve, reject };
      this.#calls.set(message.call, call);
      this.#worker?.ref();
      if (this.#isClosed) this.#rejectCalls();
      else if (this.#local !== undefined) this.#callHere(call);
      else if (this.#worker === undefined) this.#start();
      else this.#post(message);
    });
  }

  #callHere({ message, report, rows, resolve, reject }: Call): void {
    const local = this.#local!;
    this.#calls.delete(message.call);
    if (message.type === 'events') this.#telemetry.given -= rows;
    let done: Promise<void>;
    if (message.type === 'send') done = local.send(report!, message.part);
    else if (message.type === 'events') done = local.reporter.flushEvents(message.events);
    else if (message.type === 'drain') done = local.reporter.drain(message.milliseconds);
    else done = local.reporter[abandonPending]();
    done.then(resolve, reject);
  }

  #post(message: ToWorker): void {
    this.#worker?.post(message);
  }

  /** Starts a worker and gives it all that was not answered for, unless one is to start later. */
  #start(): void {
    if (this.#restart !== undefined && !this.#isExiting) return;
    clearTimeout(this.#restart);
    this.#restart = undefined;
    try {
      this.#worker = new WorkerThread({
        onMessage: (message) => this.#receive(message),
        onEnd: (reason, hasRun) => this.#heal(reason, hasRun),
      });
      this.#open();
    } catch (error) {
      this.#worker?.terminate();
      this.#worker = undefined;
      return this.#fallBack(error as Error);
    }
    for (const report of this.#reports.values()) {
      this.#postReport(report);
      for (const slice of report.slices) this.#postSlice(report, slice);
    }
    for (const { message } of this.#calls.values()) this.#post(message);
    if (this.#calls.size > 0) this.#worker.ref();
  }

  #open(): void {
    const { percentiles, http } = this.#settings;
    const flag = new SharedArrayBuffer(4);
    this.#flag = new Int32Array(flag);
    this.#errors = new ErrorReviver();
    this.#contexts.reset();
    this.#post({ type: 'open', http: settingsMessage(http), percentiles, accepted: this.#accepted, flag });
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'accepted':
        if (!this.#isIdle) this.#accepted.push(message.digest);
        return;
      case 'apiKey':
        this.#answerKey();
        return;
      case 'answer':
        this.#settle(message.call, message.error && this.#errors.of(message.error));
        break;
      case 'later':
        this.#onLater(this.#errors.of(message.error));
        break;
      case 'published':
        publish(message.name, message.message);
        break;
      case 'closed':
        this.#closeError = message.error && this.#errors.of(message.error);
        this.#onClosed?.();
        break;
    }
    this.#telemetry.update(message.telemetry, this.#isIdle);
  }

  /** Whether the worker has answered for everything. */
  get #isIdle(): boolean {
    return this.#calls.size === 0 && this.#reports.size === 0;
  }

  #settle(id: number, error: Error | undefined): void {
    const call = this.#calls.get(id);
    if (call === undefined) return;
    const { message, report, rows, resolve, reject } = call;
    this.#calls.delete(id);
    if (rows > 0) this.#crashes = 0;
    if (message.type === 'send') {
      report!.answered.add(message.part);
      this.#forgetUncalled(report!);
    }
    if (this.#calls.size === 0) this.#worker?.unref();
    if (this.#isIdle) this.#accepted = [];
    // Of another error the flusher counts the rows.
    if (error === undefined || error instanceof DeliveryError) this.#telemetry.answer(rows, error);
    else this.#telemetry.given -= rows;
    if (error === undefined) return resolve();
    reject(error);
    // Then nobody hears of the rejection any more.
    if (this.#isExiting) this.#settings.onError(error);
  }

  #forgetUncalled(report: WorkerSliceSink): void {
    for (const call of this.#calls.values()) if (call.report === report) return;
    this.#reports.delete(report.id);
    this.#post({ type: 'forget', report: report.id });
  }

  async #answerKey(): Promise<void> {
    const { apiKey } = this.#settings.http;
    const worker = this.#worker;
    let key: unknown;
    let errorName = 'TypeError';
    try {
      key = typeof apiKey === 'function' ? apiKey() : apiKey;
      // Not a turn later if it is there: at the exit of the process there is none.
      if (typeof key !== 'string') key = await key;
    } catch (error) {
      errorName = error instanceof Error ? String(error.name) : typeof error;
    }
    // One that is none is for the worker to refuse, but it must be cloneable.
    worker?.post({ type: 'apiKey', key: typeof key === 'string' ? key : undefined, errorName });
  }

  #heal(reason: Error, hasRun: boolean): void {
    this.#worker = undefined;
    this.#telemetry.endWorker();
    if (this.#onClosed !== undefined) {
      this.#onClosed();
    } else if (!hasRun || ++this.#crashes === MAX_CRASHES) {
      return this.#fallBack(reason);
    } else if (this.#crashes === 1) {
      this.#start();
    } else {
      this.#restart = setTimeout(() => {
        this.#restart = undefined;
        if (this.#worker === undefined) this.#start();
      }, RESTART_MILLISECONDS);
      if (this.#calls.size === 0) this.#restart.unref();
    }
    const message = `The worker thread ended, and another one takes its place: ${reason.message}`;
    this.#settings.onError(new ThreadStatsError('ERR_THREADSTATS_WORKER', message, { cause: reason }));
  }

  /** Of a closed reporter. What the worker did not account for, of which it may have sent or dropped a part, is lost. */
  #rejectCalls(): void {
    this.#telemetry.dropRest();
    const message = 'The reporter was closed before the worker had answered for the rows';
    const reason = new ThreadStatsError('ERR_THREADSTATS_REPORTER_CLOSED', message);
    for (const { reject, rows } of this.#calls.values()) reject(new DeliveryError(message, 0, rows, reason));
    this.#calls.clear();
  }

  /** Does the worker's work on this thread from here on. */
  #fallBack(reason: Error): void {
    const { http, contexts, percentiles, onError } = this.#settings;
    this.#local = new MainThreadFallback(new HttpReporter(http), percentiles);
    this.#local.reporter[onBackgroundError](this.#onLater);
    contexts.onRemove = () => {};
    for (const report of this.#reports.values()) {
      for (const part of report.unansweredParts) this.#telemetry.given -= report.rows[part];
      for (const slice of report.slices) this.#local.addSlice(report, slice);
    }
    this.#reports.clear();
    for (const call of this.#calls.values()) this.#callHere(call);
    const message = `Flushes are done on the application's thread, as in the flush mode 'timer', for there is no worker thread: ${reason.message}`;
    onError(new ThreadStatsError('ERR_THREADSTATS_NO_WORKER', message, { cause: reason }));
  }

  /** Ends all connections at once, and then the worker. */
  async close(): Promise<void> {
    if (this.#local !== undefined) return this.#local.reporter.close();
    clearTimeout(this.#restart);
    if (this.#worker !== undefined) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      this.#worker.ref();
      this.#post({ type: 'close', milliseconds: 0 });
      await closed;
    }
    this.#isClosed = true;
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#rejectCalls();
    if (this.#closeError !== undefined) throw this.#closeError;
  }

  /** Lets the worker send what it has and close; the process is about to exit, and this thread will only wait. */
  finish(milliseconds: number): void {
    this.#isExiting = true;
    if (this.#worker === undefined && this.#calls.size > 0 && this.#local === undefined) this.#start();
    if (typeof this.#settings.http.apiKey === 'function') void this.#answerKey();
    this.#post({ type: 'close', milliseconds: Math.max(milliseconds - CLOSE_AT_EXIT_MILLISECONDS, milliseconds / 2) });
  }

  /** Waits for it up to a moment of `performance.now`. */
  waitAtExit(endMilliseconds: number): void {
    if (this.#worker === undefined) return;
    try {
      Atomics.wait(this.#flag, 0, 0, Math.max(endMilliseconds - performance.now(), 0));
    } catch {
      // A thread that may not wait.
    }
    this.#worker.receiveAll();
    let rows = 0;
    for (const call of this.#calls.values()) rows += call.rows;
    if (rows === 0) return;
    const message = `${rows} rows were not answered for when the process could wait no longer for its exit; see \`exitTimeout\``;
    this.#settings.onError(new ThreadStatsError('ERR_THREADSTATS_EXIT_TIMEOUT', message));
  }
}

function publish(name: 'threadstats:payload' | 'threadstats:drop', message: object): void {
  if (name === 'threadstats:payload') return publishPayload(message as ChannelMessages['threadstats:payload']);
  const { what, reason, count } = message as ChannelMessages['threadstats:drop'];
  publishDrop(what, reason, count, false);
}
