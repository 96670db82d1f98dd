import type { CallMessage } from './messages.js';
import type { WorkerSliceSink } from './worker-slice-sink.js';

/** A call to the worker. */
export interface Call {
  readonly message: CallMessage;
  /** The sink whose rows are sent; undefined for the other calls. */
  readonly sink: WorkerSliceSink | undefined;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Returns the number of rows that a call sends. */
export function rowsOf({ message, sink }: Call): number {
  if (message.type === 'send') return sink![message.sort].rows;
  return message.type === 'flushEvents' ? message.events.length : 0;
}

/** All sinks and calls for which the worker has not answered. If the worker ends, the next one gets them again. */
export class UnansweredWork {
  readonly #sinks = new Map<number, WorkerSliceSink>();
  readonly #calls = new Map<number, Call>();

  get sinks(): readonly WorkerSliceSink[] {
    return [...this.#sinks.values()];
  }

  get calls(): readonly Call[] {
    return [...this.#calls.values()];
  }

  get hasCalls(): boolean {
    return this.#calls.size > 0;
  }

  /** True if the worker has answered for everything. */
  get isEmpty(): boolean {
    return this.#calls.size === 0 && this.#sinks.size === 0;
  }

  get rows(): number {
    let rows = 0;
    for (const sink of this.#sinks.values()) rows += sink.unansweredRows;
    for (const call of this.#calls.values()) if (call.sink === undefined) rows += rowsOf(call);
    return rows;
  }

  /** Adds a sink. Returns true if it was new. */
  addSink(sink: WorkerSliceSink): boolean {
    const isNew = !this.#sinks.has(sink.id);
    this.#sinks.set(sink.id, sink);
    return isNew;
  }

  addCall(call: Call): void {
    this.#calls.set(call.message.callId, call);
  }

  /** Removes a call that was answered or rejected. Returns undefined if there is no such call. */
  takeCall(callId: number): Call | undefined {
    const call = this.#calls.get(callId);
    this.#calls.delete(callId);
    if (call?.message.type === 'send') call.sink!.answeredSorts.add(call.message.sort);
    return call;
  }

  /** The sinks that no call names. */
  get idleSinks(): readonly WorkerSliceSink[] {
    return this.sinks.filter((sink) => this.#isIdle(sink));
  }

  #isIdle(sink: WorkerSliceSink): boolean {
    for (const call of this.#calls.values()) if (call.sink === sink) return false;
    return true;
  }

  /** Removes the sink unless a call names it. Returns true if it was removed. */
  removeIfIdle(sink: WorkerSliceSink): boolean {
    return this.#isIdle(sink) && this.#sinks.delete(sink.id);
  }

  removeAll(): void {
    this.#sinks.clear();
    this.#calls.clear();
  }
}
