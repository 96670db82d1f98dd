import type { Slice } from '../engine/engine.js';
import type { RowContext } from '../flush/row-context.js';
import { countRows } from '../flush/row-series.js';
import type { PendingRows, RowSort, SliceSink } from '../flush/slice-sink.js';
import { type FramedSlice, SliceFramer } from '../raw-snapshot/raw-slice.js';
import type { MemoryPool } from '../runtime/memory-pool.js';

/**
 * Bytes of a piece of memory, which is several times as large as a slice: a message for each slice would cost more than the slice.
 */
const PIECE_BYTES = 2 ** 19;

/** Samples of a slice. Copying so many takes less than a tenth of a millisecond. */
const SAMPLES_PER_SLICE = 8192;
/** To describe a context to the worker takes much longer than to copy its sample. */
const SAMPLES_PER_SLICE_OF_NEW_CONTEXTS = 1024;

const SORTS = ['metrics', 'distributions'] as const satisfies RowSort[];

/**
 * Shared memory, into which slices are copied once. Transferred memory would need a second copy, because slices are kept until the
 * worker has answered.
 */
export type SliceMemoryPool = MemoryPool<SharedArrayBuffer>;

/** The reporter of a sink. */
export interface WorkerSliceSinkOwner {
  /** Returns true if the slice had contexts that the worker did not know. */
  addSlice(sink: WorkerSliceSink, slice: FramedSlice): boolean;
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
  readonly #pool: SliceMemoryPool;
  readonly #pieces: SharedArrayBuffer[] = [];
  #hasNewContexts = true;
  readonly #framer = new SliceFramer((bytes) => this.#takePiece(bytes));

  /** @param pool Provides the memory of the slices. */
  constructor(id: number, context: RowContext, owner: WorkerSliceSinkOwner, pool: SliceMemoryPool) {
    this.id = id;
    this.context = context;
    this.#owner = owner;
    this.#pool = pool;
  }

  #takePiece(bytes: number): SharedArrayBuffer {
    const piece = this.#pool.take(Math.max(bytes, PIECE_BYTES));
    this.#pieces.push(piece);
    return piece;
  }

  /** Gives the memory of the slices back. The worker must have answered for their rows, and thus have read them. */
  release(): void {
    for (const piece of this.#pieces) this.#pool.giveBack(piece);
    this.#pieces.length = 0;
    this.slices.length = 0;
  }

  get maxSamples(): number {
    return this.#hasNewContexts ? SAMPLES_PER_SLICE_OF_NEW_CONTEXTS : SAMPLES_PER_SLICE;
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
    if (slice.length === 0) return;
    const framed = this.#framer.frame(slice);
    const { metrics, distributions } = countRows(slice, this.context.seriesByKind);
    this.#rows.metrics += metrics;
    this.#rows.distributions += distributions;
    this.slices.push(framed);
    this.#hasNewContexts = this.#owner.addSlice(this, framed);
  }
}
