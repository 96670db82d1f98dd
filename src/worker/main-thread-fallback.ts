import { zlibCompressor } from '../http/compress.js';
import { HttpPipeline } from '../http/http-pipeline.js';
import type { HttpSettings } from '../http/settings.js';
import { openTransport } from '../http/transport/open-transport.js';
import type { FramedSlice } from '../raw-snapshot/raw-slice.js';
import { AcceptedRequests } from './accepted-requests.js';
import type { CallMessage } from './messages.js';
import { RawSlicePipeline } from './raw-slice-pipeline.js';
import type { WorkerSliceSink } from './worker-slice-sink.js';

/** Does the worker's work on the main thread, beginning with everything for which no worker has answered. */
export class MainThreadFallback {
  readonly http: HttpPipeline;
  readonly #pipeline: RawSlicePipeline;
  readonly #accepted: AcceptedRequests;
  /** Sinks of the workers whose rows are not sent yet. */
  readonly #sinks = new Set<WorkerSliceSink>();
  #calls = 0;

  /** @param accepted Digests of the requests that the intake has accepted from the workers, and that must not be repeated. */
  constructor(http: HttpSettings, percentiles: readonly number[], accepted: readonly string[]) {
    this.#accepted = new AcceptedRequests(accepted);
    this.http = new HttpPipeline(http, {
      openTransport: (...options) => this.#accepted.skipIn(openTransport(...options)),
      // The same requests as the workers' need the same compressor. It exists wherever a worker has run.
      compressor: accepted.length > 0 ? zlibCompressor : undefined,
    });
    this.#pipeline = new RawSlicePipeline(this.http, percentiles);
  }

  /** Rows of sinks that were added, and that are not counted by {@link http} yet. */
  get unsentRows(): number {
    let rows = 0;
    for (const sink of this.#sinks) rows += sink.unansweredRows - this.#pipeline.rowsGone(sink.id);
    return rows;
  }

  addSlice(sink: WorkerSliceSink, slice: FramedSlice): void {
    if (!this.#pipeline.hasSink(sink.id)) this.#pipeline.openSink(sink.id, sink.context, sink.unansweredSorts);
    this.#sinks.add(sink);
    this.#pipeline.addSlice(sink.id, slice);
  }

  /** @param sink The sink whose rows the call sends; undefined for the other calls. */
  async call(message: CallMessage, sink: WorkerSliceSink | undefined): Promise<void> {
    this.#calls++;
    try {
      const called = this.#pipeline.call(message);
      if (message.type === 'send') this.#noteSent(sink!, message.sort);
      await called;
    } finally {
      this.#calls--;
      if (this.#calls === 0 && this.#sinks.size === 0) this.#accepted.clear();
    }
  }

  #noteSent(sink: WorkerSliceSink, sort: 'metrics' | 'distributions'): void {
    sink.answeredSorts.add(sort);
    if (sink.unansweredRows > 0) return;
    this.#sinks.delete(sink);
    this.#pipeline.forgetSink(sink.id);
  }

  /** Sends the rows of an earlier flush that failed before it had added all its slices. */
  async finishSinks(): Promise<void> {
    const calls = [...this.#sinks].flatMap((sink) =>
      sink.unansweredSorts.map((sort) =>
        sink[sort].rows === 0 ? undefined : this.call({ type: 'send', callId: 0, sinkId: sink.id, sort }, sink),
      ),
    );
    await Promise.all(calls);
  }
}
