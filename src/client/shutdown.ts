// How a started client ends: by `stop()`, by a signal, when the process has nothing left to do ('beforeExit'), and in worker
// mode when the process exits.

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
const CLOSE_MILLISECONDS = 1000;

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
  /** Flushes everything. Never rejects. */
  flush(): Promise<unknown>;
  /** Stops the client, and ends this shutdown with it. Never rejects. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<unknown>;
}

/** Ends a client, and acts at the moments at which the process may end. */
export class Shutdown {
  readonly #client: RunningClient;
  // Each of these unregisters the client from one event at which the process may end.
  readonly #forgetBeforeExit: (() => void) | undefined;
  readonly #forgetSignals: () => void;
  readonly #forgetExit: (() => void) | undefined;
  #exitFlushes = 0;
  /** Time that is left for all flushes on 'beforeExit' together. */
  #exitMilliseconds = DEFAULT_STOP_MILLISECONDS;

  constructor(client: RunningClient, settings: StartSettings) {
    const { worker, flusher } = client;
    this.#client = client;
    if (worker !== undefined) this.#forgetExit = sendAtExit(worker, flusher, settings.exitMilliseconds);
    if (!settings.survivesBeforeExit) this.#forgetBeforeExit = onBeforeExit(() => this.#flushBeforeExit());
    this.#forgetSignals = onSignals(settings.handleSignals, {
      flush: () => client.flush(),
      stop: () => client.stop(true, DEFAULT_STOP_MILLISECONDS),
    });
  }

  /**
   * Flushes what is left when the event loop is empty. Returns undefined when nothing is left or after three flushes, so that
   * the process can end.
   */
  #flushBeforeExit(): Promise<void> | undefined {
    const isEmpty = this.#client.isEmpty() && this.#client.pendingRows() === 0;
    if (isEmpty || this.#exitFlushes === MAX_EXIT_FLUSHES) return undefined;
    this.#exitFlushes++;
    return this.#flushInTime();
  }

  async #flushInTime(): Promise<void> {
    const endMilliseconds = nowMilliseconds() + this.#exitMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - nowMilliseconds());
    let isFlushed = false;
    void this.#drain(left());
    const flushed = this.#client.flush().then(() => {
      isFlushed = true;
      return this.#drain(left());
    });
    // Requests and timers in flight keep the process alive. A reporter that merely never settles does not.
    await waitAtMost(left(), flushed, false);
    this.#exitMilliseconds = left();
    if (isFlushed && this.#client.pendingRows() === 0) return;
    // Nobody will retry the rows that are left. The reporters of this package abandon them but stay open, because the process
    // may go on after 'beforeExit', and has not asked for a stop.
    const slices = sliceReporterOf(this.#client.reporter);
    if (slices !== undefined) await slices.abandonPending();
    else await this.#client.stop(true, 0);
  }

  /** Flushes if asked to, retries what is pending, and closes the reporter. Call it once. */
  stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    // The client listens for signals until the end, because a signal would otherwise end the process in the middle of the flush.
    return this.#stop(flush, timeoutMilliseconds).finally(this.#forgetSignals);
  }

  async #stop(flush: boolean, timeoutMilliseconds: number): Promise<FlushResult> {
    const { flusher, onError } = this.#client;
    this.#forgetBeforeExit?.();
    if (!flush) this.#forgetExit?.();
    let result: FlushResult | undefined;
    const endMilliseconds = nowMilliseconds() + timeoutMilliseconds;
    const left = (): number => Math.max(0, endMilliseconds - nowMilliseconds());
    void this.#drain(timeoutMilliseconds);
    // A flush in progress gets its time in both cases. Without `flush`, no new one is started.
    const last = flush
      ? flusher.flush(Number.POSITIVE_INFINITY)
      : flusher.settled().then((): FlushResult => ({ ...NOTHING_FLUSHED }));
    const flushed = last.then((done) => {
      result = done;
    });
    await waitAtMost(
      timeoutMilliseconds,
      flushed.then(() => this.#drain(left())),
    );
    flusher.close();
    // When its connections end, a flush that is still in progress fails and counts its rows.
    const closed = Promise.all([this.#reportErrorOf(() => this.#client.reporter.close?.()), flushed]);
    await waitAtMost(Math.max(left(), CLOSE_MILLISECONDS), closed);
    this.#forgetExit?.();
    if (result === undefined) {
      const finding = `The last flush had not ended ${timeoutMilliseconds} ms after stop(), and closing the reporter did not end it`;
      const message = `${finding}: give stop() a longer \`timeout\`, or see why the reporter does not settle`;
      onError(new ThreadStatsError('ERR_THREADSTATS_STOP_TIMEOUT', message));
    }
    // Rows that were pending after the flush may have been delivered or given up since.
    const pending = Math.min(result?.pending ?? Number.POSITIVE_INFINITY, this.#client.pendingRows());
    return { ...(result ?? NOTHING_FLUSHED), pending };
  }

  /** Makes the reporter retry the rows that it has kept. */
  #drain(milliseconds: number): Promise<void> {
    return this.#reportErrorOf(() => this.#client.reporter.drain?.(milliseconds));
  }

  async #reportErrorOf(call: () => unknown): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#client.onError(reporterError(error));
    }
  }
}

/** Lets the worker send what is left when the process exits. Returns a function that cancels this. */
function sendAtExit(reporter: WorkerReporter, flusher: Flusher, milliseconds: number): () => void {
  return onExit({
    handOver: () => {
      flusher.handOverAtExit();
      // With a spool, the worker may have taken rows from it of which this thread does not know yet.
      if (reporter.telemetry.rows.pending === 0 && !reporter.hasSpool) return 0;
      reporter.finish(milliseconds);
      return milliseconds;
    },
    wait: (endMilliseconds) => reporter.waitAtExit(endMilliseconds),
  });
}
