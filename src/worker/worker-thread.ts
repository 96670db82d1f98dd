import type { MessagePort, Worker } from 'node:worker_threads';
import { workerBase64 } from '#worker/source';
import { builtin } from '../runtime/builtin.js';
import type { FromWorker, ToWorker } from './messages.js';

/** A worker that has not begun to run by then never will, as on a runtime that only pretends to have workers. */
const START_MILLISECONDS = 10_000;

let workerSource: string | undefined;

/** What becomes of a {@link WorkerThread}. */
export interface WorkerEvents {
  readonly onMessage: (message: FromWorker) => void;
  /** It has ended without having been asked to, or has never begun to run; called once, after its last message. */
  readonly onEnd: (reason: Error, hasRun: boolean) => void;
}

/** A worker, which does not keep the process alive unless it is {@link ref}ed, inherits nothing, and prints nothing. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #events: WorkerEvents;
  readonly #receive: typeof import('node:worker_threads').receiveMessageOnPort;
  readonly #startTimeout: NodeJS.Timeout;
  #hasEnded = false;

  /** Throws where there are no workers, or none are permitted. */
  constructor(events: WorkerEvents) {
    const { Worker, MessageChannel, receiveMessageOnPort } = builtin('node:worker_threads');
    workerSource ??= builtin('node:zlib').brotliDecompressSync(Buffer.from(workerBase64, 'base64')).toString();
    const { port1, port2 } = new MessageChannel();
    this.#events = events;
    this.#port = port1;
    this.#receive = receiveMessageOnPort;
    this.#worker = new Worker(workerSource, {
      eval: true,
      workerData: port2,
      transferList: [port2],
      name: 'threadstats',
      // Nothing of the application's is loaded, and no variable of its environment, such as the API key's, is copied.
      env: {},
      execArgv: [],
      argv: [],
      // Not printed here. Nor is it read, which would keep the process alive: what the entry leaves of it is next to nothing.
      stdout: true,
      stderr: true,
    });
    let reason: Error | undefined;
    this.#worker.on('error', (error) => {
      reason = error;
    });
    this.#worker.on('exit', (exitCode) => this.#end(reason ?? new Error(`it exited with code ${exitCode}`), true));
    this.#startTimeout = setTimeout(() => {
      this.#end(new Error(`it had not begun to run after ${START_MILLISECONDS / 1000} s`), false);
    }, START_MILLISECONDS);
    this.#startTimeout.unref();
    port1.on('message', (message: FromWorker) => this.#take(message));
    this.unref();
  }

  #take(message: FromWorker): void {
    if (message.type === 'ready') clearTimeout(this.#startTimeout);
    this.#events.onMessage(message);
  }

  #end(reason: Error, hasRun: boolean): void {
    if (this.#hasEnded) return;
    this.receiveAll();
    const { onEnd } = this.#events;
    this.terminate();
    onEnd(reason, hasRun);
  }

  /** Receives at once what has come. */
  receiveAll(): void {
    for (let received = this.#receive(this.#port); received; received = this.#receive(this.#port)) this.#take(received.message);
  }

  post(message: ToWorker): void {
    this.#port.postMessage(message);
  }

  /** Keeps the process alive. */
  ref(): void {
    this.#worker.ref();
  }

  unref(): void {
    this.#worker.unref();
    this.#port.unref();
  }

  /** Ends it at once. */
  terminate(): void {
    this.#hasEnded = true;
    clearTimeout(this.#startTimeout);
    this.#port.close();
    // It may have ended already, and may not be permitted to; neither matters.
    this.#worker.terminate().catch(() => {});
  }
}
