import type { Slice } from '../engine/engine.js';
import type { RowContext } from '../flush/row-context.js';
import { countRows } from '../flush/row-series.js';
import type { PendingRows, RowSort, SliceSink } from '../flush/slice-sink.js';
import { type FramedSlice, frameSlice } from '../raw-snapshot/raw-slice.js';

const SORTS = ['metrics', 'distributions'] as const satisfies RowSort[];

/** The reporter of a sink. */
export interface WorkerSliceSinkOwner {
  addSlice(sink: WorkerSliceSink, slice: FramedSlice): void;
  send(sink: WorkerSliceSink, sort: RowSort): Promise<void>;
}

/** Takes the raw slices of one flush, and keeps them until the worker has answered for their rows. */
export class WorkerSliceSink implements SliceSink {
  readonly isRaw = true;
  readonly id: number;
  readonly context: RowContext;
  readonly slices: FramedSlice[] = [];
  /** The sorts of rows for which the worker has answered. */
  readonly answeredSorts = new Set<RowSort>();
  readonly #rows: Record<RowSort, number> = { metrics: 0, distributions: 0 };
  readonly #owner: WorkerSliceSinkOwner;

  constructor(id: number, context: RowContext, owner: WorkerSliceSinkOwner) {
    this.id = id;
    this.context = context;
    this.#owner = owner;
  }

  /** The sorts for which the worker has not answered, including those that have no rows. */
  get unansweredSorts(): RowSort[] {
    return SORTS.filter((sort) => !this.answeredSorts.has(sort));
  }

  /** The rows for which the worker has not answered. */
  get unansweredRows(): number {
    return this.unansweredSorts.reduce((sum, sort) => sum + this.#rows[sort], 0);
  }

  /** All rows: the reporter counts them as soon as they are added. */
  get rowsGone(): number {
    return this.#rows.metrics + this.#rows.distributions;
  }

  get metrics(): PendingRows {
    return { rows: this.#rows.metrics, send: () => this.#owner.send(this, 'metrics') };
  }

  get distributions(): PendingRows {
    return { rows: this.#rows.distributions, send: () => this.#owner.send(this, 'distributions') };
  }

  add(slice: Slice): void {
    const framed = frameSlice(slice, sharedMemory);
    const { metrics, distributions } = countRows(slice, this.context.seriesByKind);
    this.#rows.metrics += metrics;
    this.#rows.distributions += distributions;
    this.slices.push(framed);
    this.#owner.addSlice(this, framed);
  }
}

/**
 * Shared memory is copied once. Transferred memory would need a second copy, because slices are kept until the worker has
 * answered.
 */
function sharedMemory(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
