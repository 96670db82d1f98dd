import type { Publisher } from '../../diagnostics/channels.js';
import type { RowSort, SliceSink } from '../../flush/slice-sink.js';
import { zlibCompressor } from '../../http/compress.js';
import { HttpPipeline } from '../../http/http-pipeline.js';
import { NodeTransport } from '../../http/transport/node-transport.js';
import type { OpenTransport } from '../../http/transport/open-transport.js';
import { ContextMirror } from '../../raw-snapshot/context-mirror.js';
import { PercentileSelector } from '../../raw-snapshot/percentile-selector.js';
import { unframeSlice } from '../../raw-snapshot/raw-slice.js';
import { type ErrorMessage, errorMessage } from '../error-message.js';
import type { CallMessage, FromWorker, OpenMessage, OpenSinkMessage, SliceMessage, ToWorker } from '../messages.js';
import { settingsOf } from '../settings-message.js';
import { AcceptedRequests, RememberingTransport } from './accepted-requests.js';

interface OpenSink {
  readonly sink: SliceSink;
  readonly sorts: readonly RowSort[];
}

/** Does what the messages say, by an HTTP pipeline over a mirror of the client's contexts. */
export class WorkerMain {
  readonly #post: (message: FromWorker) => void;
  readonly #mirror = new ContextMirror();
  readonly #sinks = new Map<number, OpenSink>();
  readonly #calls = new Set<Promise<void>>();
  readonly #keyRequests: ((key: string | Error) => void)[] = [];
  /** A key that came unasked: when the process exits, the main thread answers no questions. */
  #earlyKey: string | Error | undefined;
  #pipeline!: HttpPipeline;
  #selector!: PercentileSelector;
  #accepted!: AcceptedRequests;
  #closedFlag!: Int32Array;

  constructor(post: (message: FromWorker) => void) {
    this.#post = post;
  }

  receive(message: ToWorker): void {
    switch (message.type) {
      case 'open':
        return this.#open(message);
      case 'apiKey':
        return this.#takeKey(message.key ?? Object.assign(new Error(), { name: message.errorName }));
      case 'openSink':
        return this.#openSink(message);
      case 'slice':
        return this.#addSlice(message);
      case 'send':
      case 'flushEvents':
      case 'drain':
      case 'abandonPending':
        return this.#startCall(message);
      case 'forgetSink':
        this.#sinks.delete(message.sinkId);
        return this.#forgetAccepted();
      case 'close':
        void this.#close(message.timeoutMilliseconds);
        return;
    }
  }

  #open({ http, percentiles, accepted, closedFlag }: OpenMessage): void {
    this.#closedFlag = new Int32Array(closedFlag);
    this.#selector = new PercentileSelector(percentiles);
    this.#accepted = new AcceptedRequests(accepted, (digest) => this.#post({ type: 'accepted', digest }));
    // Not undici: the worker has no file from which to resolve it, and nobody waits here for the microseconds that it saves.
    const openTransport: OpenTransport = async (options) => new RememberingTransport(new NodeTransport(options), this.#accepted);
    const publisher: Publisher = {
      publishPayload: (message) => this.#post({ type: 'publishPayload', message, telemetry: this.#pipeline.telemetry }),
      publishDrop: (what, reason, count, isFirst) => {
        const message = { what, reason, count };
        this.#post({ type: 'publishDrop', message, isFirst, telemetry: this.#pipeline.telemetry });
      },
    };
    const settings = settingsOf(http, () => this.#askForKey());
    // node:zlib exists wherever workers do.
    this.#pipeline = new HttpPipeline(settings, { openTransport, compressor: zlibCompressor, publisher });
    this.#pipeline.onBackgroundError = (error) => {
      this.#post({ type: 'backgroundError', error: errorMessage(error), telemetry: this.#pipeline.telemetry });
    };
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
    const sink = this.#pipeline.openSink({ ...context, contexts: this.#mirror });
    this.#sinks.set(sinkId, { sink: sink!, sorts });
  }

  #addSlice(message: SliceMessage): void {
    const { sinkId, contextDelta } = message;
    if (contextDelta !== undefined) this.#mirror.add(contextDelta);
    const open = this.#sinks.get(sinkId);
    if (open === undefined) return;
    open.sink.add(this.#selector.select(unframeSlice(message), open.sorts));
  }

  #startCall(message: CallMessage): void {
    const call = this.#callAndReply(message).finally(() => {
      this.#calls.delete(call);
      this.#forgetAccepted();
    });
    this.#calls.add(call);
  }

  #forgetAccepted(): void {
    if (this.#calls.size === 0 && this.#sinks.size === 0) this.#accepted.clear();
  }

  async #callAndReply(message: CallMessage): Promise<void> {
    const error = await errorOf(() => this.#call(message));
    this.#post({ type: 'reply', callId: message.callId, error, telemetry: this.#pipeline.telemetry });
  }

  async #call(message: CallMessage): Promise<void> {
    switch (message.type) {
      case 'send':
        await this.#sinks.get(message.sinkId)?.sink[message.sort].send();
        return;
      case 'flushEvents':
        return this.#pipeline.flushEvents(message.events);
      case 'drain':
        return this.#pipeline.drain(message.timeoutMilliseconds);
      case 'abandonPending':
        return this.#pipeline.abandonPending();
    }
  }

  async #close(timeoutMilliseconds: number): Promise<void> {
    const error = await errorOf(async () => {
      if (timeoutMilliseconds > 0) await this.#pipeline.drain(timeoutMilliseconds);
      // Closing the connections makes the open calls fail.
      await this.#pipeline.close();
      while (this.#calls.size > 0) await Promise.all(this.#calls);
    });
    this.#post({ type: 'closed', error, telemetry: this.#pipeline.telemetry });
    Atomics.store(this.#closedFlag, 0, 1);
    Atomics.notify(this.#closedFlag, 0);
  }
}

/** Returns what a function throws, as a message; undefined if it throws nothing. */
async function errorOf(run: () => Promise<void>): Promise<ErrorMessage | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}
