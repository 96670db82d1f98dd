// The flush mode 'worker': raw slices go to a worker thread, which does everything else that the HTTP reporter does.
//
// This folder holds both sides. WorkerReporter is the front door and the side of the main thread; thread/entry.ts is the side of
// the worker. The folder may import everything below client/: http/ does the sending, raw-snapshot/ frames what is sent to the
// worker.
//
// Slices are copied into shared memory, in time slices of half a millisecond. For 100,000 counters and 5,000 histograms of 200
// samples the main thread is busy for 5 ms (7 ms with the TypeScript engine), where it is for 72 ms without a worker. Most of it is
// the reading of the engine's memory and two copies of 10 MB. To keep it so:
//
// - The memory is used again in the next flush. Allocating it took longer than all the rest.
// - Slices are posted half a megabyte at a time, and the worker posts little before its replies: a message takes the thread that
//   receives it 50 microseconds.
//
// Two alternatives were rejected. Transferred buffers need a second copy, because everything is kept until the worker has answered,
// and cannot be used again. An engine in shared memory, read by the worker under a lock, would make every drain of the sample buffer
// wait for the worker, and would exclude the TypeScript engine.

import type { ContextStore } from '../contexts/context-store.js';
import { channels, isPayloadObserved } from '../diagnostics/channels.js';
import { DeliveryError, isDeliveryError, MissingApiKeyError, ThreadStatsError } from '../diagnostics/errors.js';
import type { RowCounts } from '../diagnostics/row-counts.js';
import type { Reporter, ReporterTelemetry } from '../flush/reporter.js';
import type { RowContext } from '../flush/row-context.js';
import { type SliceReporter, sliceReporter } from '../flush/slice-reporter.js';
import type { RowSort, SliceSink } from '../flush/slice-sink.js';
import { accountOf } from '../http/account.js';
import type { HttpSettings } from '../http/settings.js';
import type { EventRow } from '../model/rows.js';
import { ContextSender } from '../raw-snapshot/context-sender.js';
import { codesOf, type FramedSlice } from '../raw-snapshot/raw-slice.js';
import { MemoryPool } from '../runtime/memory-pool.js';
import { nowMilliseconds } from '../runtime/real-timers.js';
import { ACCEPTED_LOG_BYTES, AcceptedLog } from './accepted-log.js';
import { replyWithApiKey } from './api-key-reply.js';
import { ErrorReviver } from './error-message.js';
import { MainThreadFallback } from './main-thread-fallback.js';
import type { CallMessage, FromWorker, OpenMessage, PostedSlice, ToWorker } from './messages.js';
import { settingsMessage } from './settings-message.js';
import { rowsOf, UnansweredWork } from './unanswered-work.js';
import { type SliceMemoryPool, WorkerSliceSink } from './worker-slice-sink.js';
import { WorkerSupervisor } from './worker-supervisor.js';
import { WorkerTelemetry } from './worker-telemetry.js';

export interface WorkerReporterSettings {
  readonly http: HttpSettings;
  readonly contexts: ContextStore;
  /** Ascending, each from 0 to 1. */
  readonly percentiles: readonly number[];
  readonly onError: (error: Error) => void;
}

/** Bounds of the part of the exit timeout in which the worker closes, after it has stopped waiting for the intake. */
const MIN_CLOSE_MILLISECONDS = 200;
const MAX_CLOSE_MILLISECONDS = 1000;

/**
 * Hands raw slices to a worker, in which an HTTP pipeline with the same settings does the rest. Everything is kept until the
 * worker has answered for it. If the worker ends before that, the next one is given it again. If workers keep ending, or none can
 * run, a pipeline on the main thread takes over.
 */
export class WorkerReporter implements Reporter, SliceReporter {
  readonly #settings: WorkerReporterSettings;
  readonly #contexts: ContextSender;
  readonly #work = new UnansweredWork();
  readonly #sliceMemory: SliceMemoryPool = new MemoryPool((bytes) => new SharedArrayBuffer(bytes));
  /** Slices of one sink that the next message to the worker will carry. */
  #unposted: { readonly sinkId: number; readonly slices: PostedSlice[] } | undefined;
  readonly #telemetry = new WorkerTelemetry();
  readonly #supervisor: WorkerSupervisor;
  /** Replaces the worker. */
  #fallback: MainThreadFallback | undefined;
  readonly #acceptedMemory = new SharedArrayBuffer(ACCEPTED_LOG_BYTES);
  /** Digests of the requests that the intake has accepted since the worker had last answered for everything. */
  readonly #acceptedLog = new AcceptedLog(this.#acceptedMemory);
  /** The digests that found no room in the log. */
  #accepted: string[] = [];
  /** Whether somebody observed the payloads when the worker was last told about it. */
  #isObserved = false;
  /** Number of digests in the log when the worker was started. */
  #acceptedBefore = 0;
  #errors = new ErrorReviver();
  #nextId = 1;
  #closeError: Error | undefined;
  #isClosed = false;
  #isExiting = false;
  /** The part of {@link #lostRows} that was told already. */
  #lostRowsTold = 0;
  /** The last failure of a request since the exit began, unless it was passed on. */
  #exitFailure: Error | undefined;
  #onBackgroundError: (error: Error) => void = () => {};

  /** @throws MissingApiKeyError if the settings have no API key. */
  constructor(settings: WorkerReporterSettings) {
    this.#settings = settings;
    if (settings.http.secrets().apiKey === undefined) throw new MissingApiKeyError();
    this.#contexts = new ContextSender(settings.contexts);
    this.#supervisor = new WorkerSupervisor({
      openMessage: (closedFlag) => this.#openMessage(closedFlag),
      isBusy: () => this.#work.hasCalls,
      onMessage: (message) => this.#receive(message),
      onStart: () => this.#postAll(),
      onEnd: () => {
        this.#unposted = undefined;
        if (this.#acceptedLog.length > this.#acceptedBefore) this.#supervisor.noteProgress();
        this.#telemetry.endWorker();
      },
      onUnavailable: (reason) => this.#fallBack(reason),
      onError: settings.onError,
    });
    this.#supervisor.start();
  }

  get [sliceReporter](): SliceReporter {
    return this;
  }

  get account(): string {
    return accountOf(this.#settings.http);
  }

  get telemetry(): ReporterTelemetry & { readonly rows: RowCounts } {
    const unansweredRows = this.#work.rows + (this.#fallback?.unsentRows ?? 0);
    return this.#telemetry.total(unansweredRows, this.#fallback?.http.telemetry);
  }

  openSink(context: RowContext): SliceSink | undefined {
    if (this.#fallback !== undefined) {
      this.#fallback.finishSinks().catch(this.#onBackgroundError);
      return this.#fallback.http.openSink(context);
    }
    this.#sliceMemory.beginFlush();
    for (const sink of this.#work.idleSinks) this.#finishSink(sink);
    const owner = {
      addSlice: (sink: WorkerSliceSink, slice: FramedSlice) => this.#addSlice(sink, slice),
      send: (sink: WorkerSliceSink, sort: RowSort) => this.#send(sink, sort),
    };
    return new WorkerSliceSink(this.#nextId++, context, owner, this.#sliceMemory);
  }

  #send(sink: WorkerSliceSink, sort: RowSort): Promise<void> {
    return this.#call({ type: 'send', callId: this.#nextId++, sinkId: sink.id, sort }, sink);
  }

  /** Sends the rows of an earlier flush that failed before it had added all its slices. */
  #finishSink(sink: WorkerSliceSink): void {
    for (const sort of sink.unansweredSorts) {
      if (sink[sort].rows > 0) this.#send(sink, sort).catch(this.#onBackgroundError);
    }
    this.#forgetIfIdle(sink);
  }

  /** Never called, because `openSink` always returns a sink. */
  async flushMetrics(): Promise<void> {
    throw new Error('A worker reporter takes slices');
  }

  /** Never called either. */
  flushDistributions(): Promise<void> {
    return this.flushMetrics();
  }

  flushEvents(events: EventRow[]): Promise<void> {
    return this.#call({ type: 'flushEvents', callId: this.#nextId++, events });
  }

  async drain(timeoutMilliseconds: number, retriesRefused?: boolean): Promise<void> {
    if (this.#supervisor.isRunning || this.#fallback !== undefined) {
      await this.#call({ type: 'drain', callId: this.#nextId++, timeoutMilliseconds, retriesRefused });
    }
  }

  async abandonPending(): Promise<void> {
    if (!this.#supervisor.isRunning && !this.#work.hasCalls && this.#fallback === undefined) return;
    // Rejects only if the reporter is closed in the meantime, which drops or spools the same rows.
    await this.#call({ type: 'abandonPending', callId: this.#nextId++ }).catch(() => {});
  }

  set onBackgroundError(onError: (error: Error) => void) {
    this.#onBackgroundError = onError;
    if (this.#fallback !== undefined) this.#fallback.http.onBackgroundError = onError;
  }

  /** Ends all connections at once, and then the worker. */
  async close(): Promise<void> {
    if (this.#fallback !== undefined) return this.#fallback.http.close();
    await this.#supervisor.close();
    if (!this.#isClosed) this.#rejectCalls();
    this.#isClosed = true;
    if (this.#closeError !== undefined) throw this.#closeError;
  }

  /**
   * Ends the worker at once. Nothing is sent afterwards. Returns the number of rows that are dropped by that, except those whose call
   * fails.
   */
  terminate(): number {
    if (this.#isClosed || this.#fallback !== undefined) return 0;
    const rows = this.telemetry.rows.pending - this.#work.calls.reduce((sum, call) => sum + rowsOf(call), 0);
    this.#supervisor.terminate();
    this.#isClosed = true;
    this.#rejectCalls();
    return Math.max(rows, 0);
  }

  get hasSpool(): boolean {
    return this.#settings.http.spool !== undefined;
  }

  /** Asks the worker to send everything and to close. Called when the process exits; then {@link waitAtExit} may be called. */
  finish(timeoutMilliseconds: number): void {
    if (!this.#isExiting) this.#lostRowsTold = this.#lostRows;
    this.#isExiting = true;
    if (!this.#supervisor.isRunning && this.#work.hasCalls && this.#fallback === undefined) this.#supervisor.start(true);
    // Sent without a request, because this thread will not receive another request.
    if (typeof this.#settings.http.secrets().apiKey === 'function') this.#replyWithApiKey();
    this.#postClose(timeoutMilliseconds);
  }

  #postClose(timeoutMilliseconds: number): void {
    // On a busy machine, or with a spool on a slow disk, the worker needs more of the time.
    const closeMilliseconds = Math.min(Math.max(timeoutMilliseconds / 4, MIN_CLOSE_MILLISECONDS), MAX_CLOSE_MILLISECONDS);
    const drainMilliseconds = Math.max(timeoutMilliseconds - closeMilliseconds, timeoutMilliseconds / 2);
    this.#post({ type: 'close', timeoutMilliseconds: drainMilliseconds });
  }

  /**
   * Blocks this thread until the worker has closed, or until `endMilliseconds` on the clock of `nowMilliseconds`. A worker that had
   * ended shortly before the exit is replaced.
   */
  waitAtExit(endMilliseconds: number): void {
    const left = (): number => Math.max(endMilliseconds - nowMilliseconds(), 0);
    if (!this.#supervisor.waitUntilClosed(left()) && this.#work.hasCalls && left() > 0) {
      this.#supervisor.replace();
      this.#postClose(left());
      this.#supervisor.waitUntilClosed(left());
    }
    // Another listener of the exit may record. It needs a worker that has not closed.
    if (this.#work.isEmpty) this.#supervisor.retire();
  }

  /** Rows that were lost because a worker closed or ended before it had sent them. */
  get #lostRows(): number {
    const { closed, workerEnded } = this.telemetry.rows.dropped;
    return closed + workerEnded;
  }

  /**
   * Returns the number of rows that were lost at the exit since the last call, because the worker had not sent them in the time of
   * {@link finish}, and the last failure of a request, if there is one.
   */
  takeExitLoss(): { rows: number; cause: Error | undefined } {
    if (!this.#isExiting) return { rows: 0, cause: undefined };
    const rows = this.#lostRows - this.#lostRowsTold;
    this.#lostRowsTold += rows;
    return { rows, cause: this.#exitFailure };
  }

  /**
   * Passes an error on. At the exit, {@link takeExitLoss} speaks for rows that the worker drops when its time is over, and for those
   * that it keeps until then.
   */
  #report(error: Error, onError: (error: Error) => void): void {
    if (this.#isExiting && isDeliveryError(error)) {
      if (error.code === 'ERR_THREADSTATS_REPORTER_CLOSED') return;
      if (error.rowsDropped === 0 && !this.hasSpool) {
        this.#exitFailure = error.cause instanceof Error ? error.cause : error;
        return;
      }
    }
    onError(error);
  }

  /** Returns true if the next slice should be small, because describing contexts, or encoding on this thread, takes time. */
  #addSlice(sink: WorkerSliceSink, slice: FramedSlice): boolean {
    if (this.#fallback !== undefined) {
      this.#fallback.addSlice(sink, slice);
      return true;
    }
    if (this.#work.isEmpty) this.#forgetAccepted();
    const isNew = this.#work.addSink(sink);
    if (this.#isClosed) return false;
    if (!this.#supervisor.isRunning) {
      this.#supervisor.start();
      return true;
    }
    if (isNew) this.#postSink(sink);
    return this.#postSlice(sink, slice);
  }

  #call(message: CallMessage, sink?: WorkerSliceSink): Promise<void> {
    if (this.#fallback !== undefined) return this.#fallback.call(message, sink);
    if (this.#work.isEmpty) this.#forgetAccepted();
    return new Promise((resolve, reject) => {
      this.#work.addCall({ message, sink, resolve, reject });
      if (this.#isClosed) return this.#rejectCalls();
      this.#supervisor.ref();
      if (this.#supervisor.isRunning) this.#post(message);
      else this.#supervisor.start();
    });
  }

  #openMessage(closedFlag: SharedArrayBuffer): OpenMessage {
    const { percentiles, http } = this.#settings;
    this.#errors = new ErrorReviver();
    this.#contexts.reset();
    this.#isObserved = false;
    this.#acceptedBefore = this.#acceptedLog.length;
    return {
      type: 'open',
      settings: settingsMessage(http),
      percentiles,
      accepted: this.#allAccepted,
      acceptedLog: this.#acceptedMemory,
      closedFlag,
    };
  }

  get #allAccepted(): readonly string[] {
    return [...this.#acceptedLog.digests(), ...this.#accepted];
  }

  /** Forgets the accepted requests, because no row is left that might be sent again. */
  #forgetAccepted(): void {
    this.#acceptedLog.clear();
    this.#acceptedBefore = 0;
    this.#accepted = [];
  }

  /** Gives a new worker everything for which the last one has not answered. */
  #postAll(): void {
    for (const sink of this.#work.sinks) {
      this.#postSink(sink);
      for (const slice of sink.slices) this.#postSlice(sink, slice);
    }
    for (const { message } of this.#work.calls) this.#post(message);
    this.#postSlices();
  }

  #postSink(sink: WorkerSliceSink): void {
    const { contexts: _, ...context } = sink.context;
    this.#post({ type: 'openSink', sinkId: sink.id, sorts: sink.unansweredSorts, ...context });
  }

  /**
   * Posts a slice together with the others that lie in the same piece of memory, because each message costs some microseconds.
   * Returns true if the slice has contexts that the worker did not know.
   */
  #postSlice(sink: WorkerSliceSink, slice: FramedSlice): boolean {
    const contextDelta = this.#contexts.contextDelta(codesOf(slice), slice.length);
    if (this.#unposted?.slices[0].columns !== slice.columns) this.#postSlices();
    this.#unposted ??= { sinkId: sink.id, slices: [] };
    this.#unposted.slices.push({ ...slice, contextDelta });
    return contextDelta !== undefined;
  }

  #postSlices(): void {
    if (this.#unposted !== undefined) this.#supervisor.post({ type: 'slices', ...this.#unposted });
    this.#unposted = undefined;
  }

  /** Posts a message after all slices that were added before. */
  #post(message: ToWorker): void {
    this.#postSlices();
    const isObserved = isPayloadObserved();
    if (isObserved !== this.#isObserved) this.#supervisor.post({ type: 'observe', isObserved });
    this.#isObserved = isObserved;
    this.#supervisor.post(message);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'ready':
        return;
      case 'accepted':
        if (!this.#work.isEmpty) this.#accepted.push(message.digest);
        this.#supervisor.noteProgress();
        return;
      case 'askApiKey':
        return this.#replyWithApiKey();
      case 'reply':
        this.#endCall(message.callId, message.error && this.#errors.revive(message.error));
        break;
      case 'backgroundError':
        this.#report(this.#errors.revive(message.error), this.#onBackgroundError);
        break;
      case 'publishPayload':
        channels.publishPayload(message.message);
        break;
      case 'publishDrop':
        channels.publishDrop(message.message.what, message.message.reason, message.message.count, message.isFirst);
        break;
      case 'closed':
        this.#closeError = message.error && this.#errors.revive(message.error);
        break;
    }
    this.#telemetry.update(message.telemetry, this.#work.isEmpty);
  }

  #replyWithApiKey(): void {
    void replyWithApiKey(this.#settings.http.secrets().apiKey, this.#supervisor.poster());
  }

  #endCall(callId: number, error: Error | undefined): void {
    const call = this.#work.takeCall(callId);
    if (call === undefined) return;
    const rows = rowsOf(call);
    if (rows > 0) this.#supervisor.noteProgress();
    if (call.sink !== undefined) this.#forgetIfIdle(call.sink);
    if (!this.#work.hasCalls) this.#supervisor.unref();
    if (this.#work.isEmpty) this.#forgetAccepted();
    // The flusher counts the rows of all other errors.
    if (error === undefined || error instanceof DeliveryError) this.#telemetry.answer(rows, error);
    if (error === undefined) return call.resolve();
    call.reject(error);
    // At the exit nobody handles the rejection any more.
    if (this.#isExiting) this.#report(error, this.#settings.onError);
  }

  #forgetIfIdle(sink: WorkerSliceSink): void {
    if (!this.#work.removeIfIdle(sink)) return;
    this.#post({ type: 'forgetSink', sinkId: sink.id });
    // Of a sink without rows there is no answer, so the worker may not have read its slices yet.
    if (sink.rowsGone > 0) sink.release();
  }

  /**
   * Ends the calls of a closed reporter. Rows that the worker has not counted as sent or dropped count as dropped, although it
   * may have sent some of them.
   */
  #rejectCalls(): void {
    this.#telemetry.dropPending(this.#work.rows);
    const message = 'The reporter was closed before the worker had answered for the rows';
    const reason = new ThreadStatsError('ERR_THREADSTATS_REPORTER_CLOSED', message);
    for (const call of this.#work.calls) {
      const error = new DeliveryError(message, 0, rowsOf(call), reason);
      this.#work.takeCall(call.message.callId);
      // Nothing is lost by a call that sends no rows, such as one that drains.
      if (rowsOf(call) === 0) {
        call.resolve();
        continue;
      }
      this.#telemetry.answer(rowsOf(call), error);
      call.reject(error);
    }
  }

  /** Does the worker's work on the main thread from now on. */
  #fallBack(reason: Error): void {
    const { http, percentiles, onError } = this.#settings;
    const fallback = new MainThreadFallback(http, percentiles, this.#allAccepted);
    this.#fallback = fallback;
    fallback.http.onBackgroundError = this.#onBackgroundError;
    this.#contexts.close();
    const { sinks, calls } = this.#work;
    this.#work.removeAll();
    for (const sink of sinks) for (const slice of sink.slices) fallback.addSlice(sink, slice);
    for (const { message, sink, resolve, reject } of calls) fallback.call(message, sink).then(resolve, reject);
    const message = `Flushes now run on the main thread, as with \`flushMode: 'timer'\`, because no worker thread can run: ${reason.message}`;
    onError(new ThreadStatsError('ERR_THREADSTATS_NO_WORKER', message, { cause: reason }));
  }
}
