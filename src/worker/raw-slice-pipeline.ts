import type { RowContext } from '../flush/row-context.js';
import type { RowSort, SliceSink } from '../flush/slice-sink.js';
import type { HttpPipeline } from '../http/http-pipeline.js';
import { PercentileSelector } from '../raw-snapshot/percentile-selector.js';
import { type FramedSlice, unframeSlice } from '../raw-snapshot/raw-slice.js';
import type { CallMessage } from './messages.js';

/** Encodes and sends raw slices by an HTTP pipeline: in the worker, or on the main thread if no worker can run. */
export class RawSlicePipeline {
  readonly http: HttpPipeline;
  readonly #selector: PercentileSelector;
  readonly #sinks = new Map<number, { readonly sink: SliceSink; readonly sorts: readonly RowSort[] }>();

  /** @param percentiles Ascending, each from 0 to 1. */
  constructor(http: HttpPipeline, percentiles: readonly number[]) {
    this.http = http;
    this.#selector = new PercentileSelector(percentiles);
  }

  get hasSinks(): boolean {
    return this.#sinks.size > 0;
  }

  hasSink(sinkId: number): boolean {
    return this.#sinks.has(sinkId);
  }

  /** @param sorts The sorts of rows that are wanted; cells of the other sort are skipped. */
  openSink(sinkId: number, context: RowContext, sorts: readonly RowSort[]): void {
    this.#sinks.set(sinkId, { sink: this.http.openSink(context)!, sorts });
  }

  addSlice(sinkId: number, slice: FramedSlice): void {
    const { sink, sorts } = this.#sinks.get(sinkId)!;
    sink.add(this.#selector.select(unframeSlice(slice), sorts));
  }

  /** Rows of the sink that are counted by the HTTP pipeline already. */
  rowsGone(sinkId: number): number {
    return this.#sinks.get(sinkId)?.sink.rowsGone ?? 0;
  }

  forgetSink(sinkId: number): void {
    this.#sinks.delete(sinkId);
  }

  async call(message: CallMessage): Promise<void> {
    switch (message.type) {
      case 'send':
        return this.#sinks.get(message.sinkId)!.sink[message.sort].send();
      case 'flushEvents':
        return this.http.flushEvents(message.events);
      case 'drain':
        return this.http.drain(message.timeoutMilliseconds, message.retriesRefused);
      case 'abandonPending':
        return this.http.abandonPending();
    }
  }
}
