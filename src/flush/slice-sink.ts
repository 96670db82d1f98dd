import type { Slice } from '../engine/engine.js';

/** Slices become rows of two sorts, and each sort is sent to an endpoint of its own. */
export type RowSort = 'metrics' | 'distributions';

/** Rows of one sort, ready to be sent. */
export interface PendingRows {
  /** The number of rows, including those that cannot be sent. */
  readonly rows: number;
  /** Sends the rows, and throws as the methods of {@link Reporter} do. Called at most once, and only if there are rows. */
  send(): void | Promise<void>;
}

/**
 * Takes the slices of one flush as they are read from the engine. Their rows are sent when all slices have been added.
 */
export interface SliceSink {
  /** True if the sink takes raw slices, in which histograms and timings carry their samples instead of percentiles. */
  readonly isRaw?: boolean;
  /** The most samples of the next slice. Default: as many as take a tenth of a millisecond in the sinks of this folder and http/. */
  readonly maxSamples?: number;
  /** Rows that the sink has already passed on, before `send`, and that the reporter therefore counts. Default: 0. */
  readonly rowsGone?: number;
  /** Adds the rows of a slice. The slice's columns are valid only during the call. */
  add(slice: Slice): void;
  readonly metrics: PendingRows;
  readonly distributions: PendingRows;
}
