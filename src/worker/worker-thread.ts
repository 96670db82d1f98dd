import { Buffer } from 'node:buffer';
import type { MessagePort, Worker, WorkerOptions } from 'node:worker_threads';
import { workerBase64 } from '../../build/worker/source.js';
import { builtin } from '../runtime/builtin.js';
import { after, type Timeout } from '../runtime/real-timers.js';
import { CLOSED_FLAG_BYTES, waitUntilClosed } from './closed-flag.js';
import { inheritedFlags, withoutRefused } from './inherited-flags.js';
import type { FromWorker, ToWorker } from './messages.js';

/** A worker that has not started after this time never will: some runtimes only pretend to have workers. */
const START_MILLISECONDS = 10_000;

let workerSource: string | undefined;

export interface WorkerThreadEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** Called once, after the last message, if the worker has ended without being terminated, or has never run. */
  readonly onEnd: (reason: Error, hasRun: boolean) => void;
}

/**
 * Runs the worker. It inherits no environment and no modules, prints nothing, and does not keep the process alive unless it is
 * {@link ref}ed.
 */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #events: WorkerThreadEvents;
  readonly #receive: typeof import('node:worker_threads').receiveMessageOnPort;
  readonly #startTimeout: Timeout;
  readonly closedFlag = new SharedArrayBuffer(CLOSED_FLAG_BYTES);
  #hasEnded = false;

  /** Throws if the runtime has no workers, or does not permit them. */
  constructor(events: WorkerThreadEvents) {
    const { Worker, MessageChannel, receiveMessageOnPort } = builtin('node:worker_threads');
    workerSource ??= builtin('node:zlib').brotliDecompressSync(Buffer.from(workerBase64, 'base64')).toString();
    const { port1, port2 } = new MessageChannel();
    this.#events = events;
    this.#port = port1;
    this.#receive = receiveMessageOnPort;
    this.#worker = startWorker(Worker, workerSource, {
      eval: true,
      workerData: port2,
      transferList: [port2],
      name: 'threadstats',
      // The worker loads no code of the application, and gets no copy of the environment, which may hold the API key.
      env: {},
      argv: [],
      // Keeps the worker's output from being printed. It is not read, because that would keep the process alive.
      stdout: true,
      stderr: true,
    });
    let reason: Error | undefined;
    this.#worker.on('error', (error) => {
      reason = error;
    });
    this.#worker.on('exit', (exitCode) => this.#end(reason ?? new Error(`it exited with code ${exitCode}`), true));
    const giveUp = (): void => this.#end(new Error(`it had not started to run after ${START_MILLISECONDS / 1000} s`), false);
    this.#startTimeout = after(START_MILLISECONDS, giveUp, false);
    port1.on('message', (message: FromWorker) => this.#take(message));
    this.unref();
  }

  #take(message: FromWorker): void {
    // Node.js delivers the rest of a batch even if the port was closed amid it. Its rows are accounted for already.
    if (this.#hasEnded) return;
    if (message.type === 'ready') this.#startTimeout.clear();
    this.#events.onMessage(message);
  }

  #end(reason: Error, hasRun: boolean): void {
    if (this.#hasEnded) return;
    this.#receiveAll();
    const { onEnd } = this.#events;
    this.terminate();
    onEnd(reason, hasRun);
  }

  /** Receives the messages that have arrived, without waiting for the event loop. */
  #receiveAll(): void {
    for (let received = this.#receive(this.#port); received; received = this.#receive(this.#port)) this.#take(received.message);
  }

  post(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  /**
   * Blocks this thread until the worker has closed, and receives its last messages. Returns false if the worker has ended
   * unnoticed.
   */
  waitUntilClosed(timeoutMilliseconds: number): boolean {
    let isAlive = true;
    try {
      isAlive = waitUntilClosed(new Int32Array(this.closedFlag), timeoutMilliseconds);
    } catch {
      // Some threads are not allowed to wait.
    }
    this.#receiveAll();
    return isAlive;
  }

  /** Makes the worker keep the process alive. */
  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
    this.#port.unref();
  }

  /** Ends the worker at once. */
  terminate(): void {
    this.#hasEnded = true;
    this.#startTimeout.clear();
    this.#port.close();
    // The worker may have ended already, or may not be allowed to terminate; neither matters.
    this.#worker.terminate().catch(() => {});
  }
}

function startWorker(Worker: typeof import('node:worker_threads').Worker, source: string, options: WorkerOptions): Worker {
  const execArgv = inheritedFlags();
  try {
    return new Worker(source, { ...options, execArgv });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV') throw error;
    return new Worker(source, { ...options, execArgv: withoutRefused(execArgv, message) });
  }
}
