// How a started client ends: by `stop()`, by a signal, when the process has nothing left to do ('beforeExit'), and when the
// process exits. Whatever is left is counted and told.

import { ThreadStatsError } from '../diagnostics/errors.js';
import { type Flusher, reporterError } from '../flush/flusher.js';
import type { Reporter } from '../flush/reporter.js';
import { sliceReporterOf } from '../flush/slice-reporter.js';
import { type FlushResult, NOTHING_FLUSHED } from '../model/flush-result.js';
import { onBeforeExit } from '../runtime/before-exit.js';
import { onExit } from '../runtime/exit.js';
import { nowMilliseconds } from '../runtime/real-timers.js';
import { onSignals } from '../runtime/signals.js';
import { waitAtMost } from '../runtime/wait-at-most.js';
import type { WorkerReporter } from '../worker/worker-reporter.js';
import { DEFAULT_STOP_MILLISECONDS, type StartSettings } from './start-stop-options.js';

/**
 * Most flushes on 'beforeExit'. More than one is needed, because other listeners of the event may record. The number is
 * limited, because each flush may make `onError` or a reporter record, and the process must end.
 */
const MAX_EXIT_FLUSHES = 3;

/** Least time for the reporter to close. A flush that is cut off by that counts its rows in this time. */
const CLOSE_MILLISECONDS = 200;

/** The most time that is kept for the spool out of the time of a stop; a quarter of that if it is less. */
const SPOOL_MILLISECONDS = 1000;

/** A started client, as far as its shutdown needs it. */
export interface RunningClient {
  readonly reporter: Reporter;
  /** The reporter, if it is in worker mode: it must then send at the exit of the process. */
  readonly worker: WorkerReporter | undefined;
  readonly flusher: Flusher;
  readonly onError: (error: Error) => void;
  /** True if no sample and no event is buffered. */
  isEmpty(): boolean;
  /** Rows that wait for a retry or are in flight. */
  pendingRows(): number;
  /** Counts the pending rows as dropped, because nothing will change that any more. Returns their number. */
  writeOffPending(): number;
  /** Drops and counts what is recorded from now on. */
  endRecording(): void;
  /** Flushes everything. Never rejects. */
  flush(): Promise<unknown>;
  /** Stops the client, and ends this shutdown with it. Never rejects. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<unknown>;
  /** Does the same with a flush, because the process is about to end by a signal. */
  stopAtSignal(timeoutMilliseconds: number): Promise<unknown>;
}

/** Ends a client, and acts at the moments at which the process may end. */
export class Shutdown {
  readonly #client: RunningClient;
  // Each of these unregisters the client from one event at which the process may end.
  readonly #forgetBeforeExit: (() => void) | undefined;
  readonly #forgetSignals: () => void;
  readonly #forgetExit: () => void;
  /** True once a stop without a flush was asked for, which discards what is buffered. */
  #isDiscarding = false;
  #exitFlushes = 0;
  #isFlushingBeforeExit = false;
  /** Time that is left for all flushes on 'beforeExit' together. */
  #exitMilliseconds = DEFAULT_STOP_MILLISECONDS;

  constructor(client: RunningClient, settings: StartSettings) {
    this.#client = client;
    this.#forgetExit = onExit({
      handOver: () => this.#handOverAtExit(settings.exitMilliseconds),
      wait: (endMilliseconds) => client.worker?.waitAtExit(endMilliseconds),
      end: (isLast) => this.#endAtExit(isLast, settings.survivesBeforeExit === true),
    });
    if (!settings.survivesBeforeExit) {
      this.#forgetBeforeExit = onBeforeExit({
        flush: () => this.#flushBeforeExit(),
        hasMore: () => this.#hasMoreBeforeExit(),
      });
    }
    this.#forgetSignals = onSignals(settings.handleSignals, {
      flush: () => client.flush(),
      stop: () => client.stopAtSignal(DEFAULT_STOP_MILLISECONDS),
    });
  }

  /**
   * Flushes what is left when the event loop is empty. Returns undefined when nothing is left or after three flushes, so that
   * the process can end.
   */
  #flushBeforeExit(): Promise<void> | undefined {
    if (!this.#hasMoreBeforeExit()) return undefined;
    this.#exitFlushes++;
    return this.#flushInTime();
  }

  #hasMoreBeforeExit(): boolean {
    const isEmpty = this.#client.isEmpty() && this.#client.pendingRows() === 0;
    return !isEmpty && this.#exitFlushes < MAX_EXIT_FLUSHES;
  }

  /** True while the end of the process waits for a flush. */
  get isFlushingBeforeExit(): boolean {
    return this.#isFlushingBeforeExit;
  }

  async #flushInTime(): Promise<void> {
    this.#isFlushingBeforeExit = true;
    await this.#flushAndAbandon();
    this.#isFlushingBeforeExit = false;
  }

  async #flushAndAbandon(): Promise<void> {
    const endMilliseconds = nowMilliseconds() + this.#exitMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - nowMilliseconds());
    let isFlushed = false;
    // Nobody will repair a refused key while the process waits for its end.
    void this.#drain(left(), false);
    const flushed = this.#client.flush().then(() => {
      isFlushed = true;
      return this.#drain(left(), false);
    });
    // Requests and timers in flight keep the process alive. A reporter that merely never settles does not.
    await waitAtMost(left(), flushed, false);
    this.#exitMilliseconds = left();
    if (isFlushed && this.#client.pendingRows() === 0) return;
    // Nobody will retry the rows that are left. The reporters of this package abandon them but stay open, because the process
    // may go on after 'beforeExit', and has not asked for a stop.
    const slices = sliceReporterOf(this.#client.reporter);
    if (slices === undefined) {
      await this.#client.stop(true, 0);
      return;
    }
    const handedOver = this.#client.flusher.handedOver();
    await slices.abandonPending();
    if (isFlushed) return;
    // The time was over before the flush had read its rows. They would be sent, and keep the process alive.
    await handedOver;
    await slices.abandonPending();
  }

  /** Lets a worker send what is left. Returns how many milliseconds to wait for it; undefined if there is nothing to wait for. */
  #handOverAtExit(milliseconds: number): number | undefined {
    const { worker, flusher, pendingRows } = this.#client;
    if (worker === undefined) return undefined;
    if (!this.#isDiscarding) flusher.handOverAtExit();
    // With a spool, the worker may have taken rows from it of which this thread does not know yet.
    if (pendingRows() === 0 && !worker.hasSpool) return undefined;
    worker.finish(milliseconds);
    return milliseconds;
  }

  /** @param isHandler Whether the client belongs to the handlers of a Lambda function, which neither start nor stop it. */
  #endAtExit(isLast: boolean, isHandler: boolean): void {
    const { worker, flusher, onError, pendingRows } = this.#client;
    const loss = worker?.takeExitLoss();
    let lost = loss?.rows ?? 0;
    // Otherwise another worker can send what listeners record that come later.
    if (isLast || worker === undefined || pendingRows() > 0) {
      this.#client.endRecording();
      if (!this.#isDiscarding) lost += flusher.dropRest();
      lost += this.#client.writeOffPending();
    }
    if (lost === 0) return;
    const rows = lost === 1 ? '1 row' : `${lost} rows`;
    if (worker === undefined) {
      const finding = `${rows} may be lost, because the process exited before the intake had accepted them`;
      const advice = isHandler
        ? 'let the handler end in place of process.exit(), and catch its errors'
        : "await stop() before process.exit(), handle uncaught errors, or use `flushMode: 'worker'`";
      onError(new ThreadStatsError('ERR_THREADSTATS_EXIT', `${finding}: ${advice}`));
    } else {
      const cause = loss?.cause;
      const reason = cause === undefined ? '' : ` (${cause.message})`;
      const message = `${rows} may be lost: the worker had not sent them within \`exitTimeout\` of the exit of the process${reason}`;
      onError(new ThreadStatsError('ERR_THREADSTATS_EXIT_TIMEOUT', message, cause && { cause }));
    }
  }

  /** Flushes if asked to, retries what is pending, and closes the reporter. Call it once. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    // The client listens for signals until the end, because a signal would otherwise end the process in the middle of the flush.
    return this.#stop(flush, timeoutMilliseconds).finally(this.#forgetSignals);
  }

  async #stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    const { flusher, onError } = this.#client;
    this.#forgetBeforeExit?.();
    this.#isDiscarding = !flush;
    let result: FlushResult | undefined;
    const endMilliseconds = nowMilliseconds() + timeoutMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - nowMilliseconds());
    const hasSpool = sliceReporterOf(this.#client.reporter)?.hasSpool ?? false;
    const spoolMilliseconds = hasSpool ? Math.min(SPOOL_MILLISECONDS, timeoutMilliseconds / 4) : 0;
    void this.#drain(timeoutMilliseconds - spoolMilliseconds);
    // A flush in progress gets its time in both cases. Without `flush`, no new one is started.
    const last = flush
      ? flusher.flush(Number.POSITIVE_INFINITY)
      : flusher.settled().then((): FlushResult => ({ ...NOTHING_FLUSHED }));
    const flushed = last.then((done) => {
      result = done;
    });
    await waitAtMost(
      timeoutMilliseconds - spoolMilliseconds,
      flushed.then(() => this.#drain(Math.max(left() - spoolMilliseconds, 0))),
    );
    flusher.close();
    // When its connections end, a flush that is still in progress fails and counts its rows.
    const closed = Promise.all([this.#reportErrorOf(() => this.#client.reporter.close?.()), flushed]);
    await waitAtMost(Math.max(left(), CLOSE_MILLISECONDS), closed);
    this.#forgetExit();
    // A worker that is still closing would send rows that count as dropped from now on, and keep the process alive.
    const unclosed = this.#client.worker?.terminate() ?? 0;
    if (this.#client.worker !== undefined) await waitAtMost(1, flushed);
    const unread = result === undefined && flush ? flusher.dropRest() : 0;
    const lost = unclosed + unread + this.#client.writeOffPending();
    if (result === undefined) {
      const finding = `The last flush had not ended ${timeoutMilliseconds} ms after stop(), and closing the reporter did not end it, so ${lost} rows count as dropped`;
      const message = `${finding}: give stop() a longer \`timeout\`, or see why the reporter does not settle`;
      onError(new ThreadStatsError('ERR_THREADSTATS_STOP_TIMEOUT', message));
    } else if (lost > 0) {
      const message = `${lost} rows were still pending when the reporter had closed, and count as dropped: give stop() a longer \`timeout\``;
      onError(new ThreadStatsError('ERR_THREADSTATS_REPORTER_CLOSED', message));
    }
    return { ...(result ?? NOTHING_FLUSHED), pending: 0 };
  }

  /** Makes the reporter retry the rows that it has kept. */
  #drain(milliseconds: number, retriesRefused = true): Promise<void> {
    // The second parameter is known to our own reporters only.
    const reporter: { drain?(milliseconds: number, retriesRefused: boolean): unknown } = this.#client.reporter;
    return this.#reportErrorOf(() => reporter.drain?.(milliseconds, retriesRefused));
  }

  async #reportErrorOf(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#client.onError(reporterError(error));
    }
  }
}
