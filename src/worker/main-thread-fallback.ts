import type { RowSort, SliceSink } from '../flush/slice-sink.js';
import type { HttpPipeline } from '../http/http-pipeline.js';
import { PercentileSelector } from '../raw-snapshot/percentile-selector.js';
import { type FramedSlice, unframeSlice } from '../raw-snapshot/raw-slice.js';
import type { Call } from './unanswered-work.js';
import type { WorkerSliceSink } from './worker-slice-sink.js';

/** Does the work of the worker on the main thread, including the flushes that were started for a worker. */
export class MainThreadFallback {
  readonly pipeline: HttpPipeline;
  readonly #selector: PercentileSelector;
  readonly #sinks = new Map<WorkerSliceSink, SliceSink>();

  constructor(pipeline: HttpPipeline, percentiles: readonly number[]) {
    this.pipeline = pipeline;
    this.#selector = new PercentileSelector(percentiles);
  }

  addSlice(workerSink: WorkerSliceSink, slice: FramedSlice): void {
    let sink = this.#sinks.get(workerSink);
    if (sink === undefined) {
      sink = this.pipeline.openSink(workerSink.context)!;
      this.#sinks.set(workerSink, sink);
    }
    sink.add(this.#selector.select(unframeSlice(slice), workerSink.unansweredSorts));
  }

  /** Does what the call asks of a worker. */
  call({ message, sink, resolve, reject }: Call): void {
    this.#call(message, sink).then(resolve, reject);
  }

  async #call(message: Call['message'], workerSink: WorkerSliceSink | undefined): Promise<void> {
    switch (message.type) {
      case 'send':
        return this.#send(workerSink!, message.sort);
      case 'flushEvents':
        return this.pipeline.flushEvents(message.events);
      case 'drain':
        return this.pipeline.drain(message.timeoutMilliseconds);
      case 'abandonPending':
        return this.pipeline.abandonPending();
    }
  }

  async #send(workerSink: WorkerSliceSink, sort: RowSort): Promise<void> {
    await this.#sinks.get(workerSink)?.[sort].send();
  }
}
