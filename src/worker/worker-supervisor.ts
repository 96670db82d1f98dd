import { ThreadStatsError } from '../diagnostics/errors.js';
import { after, type Timeout } from '../runtime/real-timers.js';
import type { FromWorker, OpenMessage, ToWorker } from './messages.js';
import { WorkerThread } from './worker-thread.js';

/** After this many workers in a row have ended without an answer, no other one is started. */
const MAX_CRASHES = 3;
/** The delay before another worker is started if the last two have ended without an answer. */
const RESTART_MILLISECONDS = 500;

/** The supervisor's questions to its owner, and the events that it reports. */
export interface WorkerSupervisorOwner {
  /** Returns the first message to a new worker. */
  openMessage(closedFlag: SharedArrayBuffer): OpenMessage;
  /** True if calls are open. The worker, or the wait for the next one, then keeps the process alive. */
  isBusy(): boolean;
  onMessage(message: FromWorker): void;
  /** A worker runs, and must be given everything for which the last one has not answered. */
  onStart(): void;
  /** The worker has ended on its own. Another one may start at once. */
  onEnd(): void;
  /** No worker can run any more. */
  onUnavailable(reason: Error): void;
  onError(error: Error): void;
}

/** Keeps one worker running: starts it, and replaces it when it ends on its own. */
export class WorkerSupervisor {
  readonly #owner: WorkerSupervisorOwner;
  #thread: WorkerThread | undefined;
  #restartTimer: Timeout | undefined;
  #crashes = 0;
  #onClosed: (() => void) | undefined;

  constructor(owner: WorkerSupervisorOwner) {
    this.#owner = owner;
  }

  get isRunning(): boolean {
    return this.#thread !== undefined;
  }

  /** Posts a message to the worker. Without a worker it is lost. */
  post(message: ToWorker): void {
    this.#thread?.post(message);
  }

  /** Returns a function that posts to the current worker, even after another one has replaced it. */
  poster(): (message: ToWorker) => void {
    const thread = this.#thread;
    return (message) => thread?.post(message);
  }

  /** Makes the worker keep the process alive. */
  ref(): void {
    this.#thread?.ref();
  }

  unref(): void {
    this.#thread?.unref();
  }

  /** Notes that the worker has answered, and is therefore replaced at once if it ends. */
  noteProgress(): void {
    this.#crashes = 0;
  }

  /** Starts a worker, unless a restart is scheduled for later. `isUrgent` does not wait for that. */
  start(isUrgent = false): void {
    if (this.#restartTimer !== undefined && !isUrgent) return;
    this.#restartTimer?.clear();
    this.#restartTimer = undefined;
    try {
      this.#thread = new WorkerThread({
        onMessage: (message) => this.#receive(message),
        onEnd: (reason, hasRun) => this.#onEnd(reason, hasRun),
      });
      this.#thread.post(this.#owner.openMessage(this.#thread.closedFlag));
    } catch (error) {
      this.#thread?.terminate();
      this.#thread = undefined;
      return this.#owner.onUnavailable(error as Error);
    }
    this.#owner.onStart();
    if (this.#owner.isBusy()) this.#thread?.ref();
  }

  #receive(message: FromWorker): void {
    this.#owner.onMessage(message);
    if (message.type === 'closed') this.#onClosed?.();
  }

  #onEnd(reason: Error, hasRun: boolean): void {
    this.#thread = undefined;
    this.#owner.onEnd();
    if (this.#onClosed !== undefined) {
      this.#onClosed();
      return this.#report('The worker thread ended before it had closed', reason);
    }
    this.#crashes++;
    if (!hasRun || this.#crashes === MAX_CRASHES) return this.#owner.onUnavailable(reason);
    if (this.#crashes === 1) this.start();
    else this.#restartLater();
    this.#report('The worker thread ended, and another one replaces it', reason);
  }

  #restartLater(): void {
    const restart = (): void => {
      this.#restartTimer = undefined;
      if (!this.isRunning) this.start();
    };
    this.#restartTimer = after(RESTART_MILLISECONDS, restart, this.#owner.isBusy());
  }

  #report(what: string, reason: Error): void {
    this.#owner.onError(new ThreadStatsError('ERR_THREADSTATS_WORKER', `${what}: ${reason.message}`, { cause: reason }));
  }

  /** See {@link WorkerThread.waitUntilClosed}. */
  waitUntilClosed(timeoutMilliseconds: number): boolean {
    return this.#thread?.waitUntilClosed(timeoutMilliseconds) ?? true;
  }

  /** Replaces a worker that has ended unnoticed. */
  replace(): void {
    this.retire();
    this.start(true);
  }

  /** Ends the worker. The next message starts another one. */
  retire(): void {
    if (!this.isRunning) return;
    this.terminate();
    this.#owner.onEnd();
  }

  /** Closes the worker without draining it. Resolves when it has ended all its connections, and terminates it. */
  async close(): Promise<void> {
    this.#restartTimer?.clear();
    const thread = this.#thread;
    if (thread !== undefined) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      thread.ref();
      thread.post({ type: 'close', timeoutMilliseconds: 0 });
      await closed;
    }
    this.terminate();
  }

  /** Ends the worker at once, and starts no other one. */
  terminate(): void {
    this.#restartTimer?.clear();
    this.#thread?.terminate();
    this.#thread = undefined;
    this.#onClosed?.();
  }
}
