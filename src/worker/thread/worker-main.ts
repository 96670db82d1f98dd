import type { Publisher } from '../../diagnostics/channels.js';
import { zlibCompressor } from '../../http/compress.js';
import { HttpPipeline } from '../../http/http-pipeline.js';
import { NodeTransport } from '../../http/transport/node-transport.js';
import type { OpenTransport } from '../../http/transport/open-transport.js';
import { ContextMirror } from '../../raw-snapshot/context-mirror.js';
import { nowMilliseconds } from '../../runtime/real-timers.js';
import { AcceptedLog } from '../accepted-log.js';
import { AcceptedRequests } from '../accepted-requests.js';
import { CLOSED } from '../closed-flag.js';
import { type ErrorMessage, errorMessage } from '../error-message.js';
import type { CallMessage, FromWorker, OpenMessage, OpenSinkMessage, SlicesMessage, ToWorker } from '../messages.js';
import { RawSlicePipeline } from '../raw-slice-pipeline.js';
import { settingsOf } from '../settings-message.js';

/** Interval of the signs of life of a worker that closes. */
const LIFE_MILLISECONDS = 50;

/** Least time between two payloads of a flush that the main thread is told of for the sake of the telemetry. */
const TELEMETRY_MILLISECONDS = 100;

/** Does what the messages ask for, with a mirror of the client's contexts. */
export class WorkerMain {
  readonly #post: (message: FromWorker) => void;
  readonly #mirror = new ContextMirror();
  readonly #calls = new Set<Promise<void>>();
  readonly #keyRequests: ((key: string | Error) => void)[] = [];
  /** A key that arrived without a request. The main thread sends it when the process exits, because then it blocks. */
  #earlyKey: string | Error | undefined;
  #pipeline!: RawSlicePipeline;
  #accepted!: AcceptedRequests;
  #closedFlag!: Int32Array;
  #isObserved = false;
  /** When the main thread was told of a payload last. */
  #payloadMilliseconds = Number.NEGATIVE_INFINITY;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  receive(message: ToWorker): void {
    if (message.type !== 'open') this.#showLife();
    switch (message.type) {
      case 'open':
        return this.#open(message);
      case 'apiKey':
        return this.#takeKey(message.key ?? Object.assign(new Error(), { name: message.errorName }));
      case 'openSink':
        return this.#openSink(message);
      case 'slices':
        return this.#addSlices(message);
      case 'send':
      case 'flushEvents':
      case 'drain':
      case 'abandonPending':
        return this.#startCall(message);
      case 'observe':
        this.#isObserved = message.isObserved;
        return;
      case 'forgetSink':
        this.#pipeline.forgetSink(message.sinkId);
        return this.#forgetAccepted();
      case 'close':
        void this.#close(message.timeoutMilliseconds);
        return;
    }
  }

  #open({ settings, percentiles, accepted, acceptedLog, closedFlag }: OpenMessage): void {
    this.#closedFlag = new Int32Array(closedFlag);
    const log = new AcceptedLog(acceptedLog);
    this.#accepted = new AcceptedRequests(accepted, (digest) => {
      if (!log.add(digest)) this.#post({ type: 'accepted', digest });
    });
    // Not undici: the worker has no file from which to resolve it, and the microseconds that it saves do not matter here.
    const openTransport: OpenTransport = (options) => this.#accepted.skipIn(new NodeTransport(options));
    const publisher: Publisher = {
      publishPayload: (message) => {
        if (this.#needsPayload()) this.#post({ type: 'publishPayload', message, telemetry: http.telemetry });
      },
      publishDrop: (what, reason, count, isFirst) => {
        const message = { what, reason, count };
        this.#post({ type: 'publishDrop', message, isFirst, telemetry: http.telemetry });
      },
    };
    // node:zlib exists wherever workers do.
    const parts = { openTransport, compressor: zlibCompressor, publisher };
    const http = new HttpPipeline(
      settingsOf(settings, () => this.#askForKey()),
      parts,
    );
    http.onBackgroundError = (error) => {
      this.#post({ type: 'backgroundError', error: errorMessage(error), telemetry: http.telemetry });
    };
    this.#pipeline = new RawSlicePipeline(http, percentiles);
  }

  /**
   * Whether to tell the main thread of a payload. If nobody observes it, the main thread only needs the telemetry, which comes with
   * the replies at the end of a flush, too. Each message takes it some ten microseconds.
   */
  #needsPayload(): boolean {
    const now = nowMilliseconds();
    const isRecent = now - this.#payloadMilliseconds < TELEMETRY_MILLISECONDS;
    if (!this.#isObserved && this.#pipeline.hasSinks && isRecent) return false;
    this.#payloadMilliseconds = now;
    return true;
  }

  #takeKey(key: string | Error): void {
    const settle = this.#keyRequests.shift();
    if (settle !== undefined) settle(key);
    else this.#earlyKey = key;
  }

  async #askForKey(): Promise<string> {
    if (typeof this.#earlyKey === 'string') return this.#earlyKey;
    this.#post({ type: 'askApiKey' });
    return new Promise((resolve, reject) => {
      this.#keyRequests.push((key) => (typeof key === 'string' ? resolve(key) : reject(key)));
    });
  }

  #openSink({ sinkId, sorts, ...context }: OpenSinkMessage): void {
    this.#pipeline.openSink(sinkId, { ...context, contexts: this.#mirror }, sorts);
  }

  #addSlices({ sinkId, slices }: SlicesMessage): void {
    for (const slice of slices) {
      if (slice.contextDelta !== undefined) this.#mirror.add(slice.contextDelta);
      this.#pipeline.addSlice(sinkId, slice);
    }
  }

  #startCall(message: CallMessage): void {
    const call = this.#callAndReply(message).finally(() => {
      this.#calls.delete(call);
      this.#forgetAccepted();
    });
    this.#calls.add(call);
  }

  #forgetAccepted(): void {
    if (this.#calls.size === 0 && !this.#pipeline.hasSinks) this.#accepted.clear();
  }

  async #callAndReply(message: CallMessage): Promise<void> {
    const error = await errorOf(() => this.#pipeline.call(message));
    this.#post({ type: 'reply', callId: message.callId, error, telemetry: this.#pipeline.http.telemetry });
  }

  async #close(timeoutMilliseconds: number): Promise<void> {
    const { http } = this.#pipeline;
    const alive = setInterval(() => this.#showLife(), LIFE_MILLISECONDS);
    const error = await errorOf(async () => {
      if (timeoutMilliseconds > 0) await http.drain(timeoutMilliseconds);
      // This ends the requests in flight, so that the calls that wait for them end, too.
      await http.close();
      while (this.#calls.size > 0) await Promise.all(this.#calls);
    });
    this.#post({ type: 'closed', error, telemetry: http.telemetry });
    clearInterval(alive);
    Atomics.store(this.#closedFlag, 0, CLOSED);
    Atomics.notify(this.#closedFlag, 0);
  }

  /** See closed-flag.ts. */
  #showLife(): void {
    Atomics.add(this.#closedFlag, 1, 1);
  }
}

/** Returns the message for the error that a function throws; undefined if it throws none. */
async function errorOf(run: () => Promise<void>): Promise<ErrorMessage | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
