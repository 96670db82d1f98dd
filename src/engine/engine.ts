import type { SampleBuffer } from './sample-buffer.js';

/** What an engine is made with. */
export interface EngineSettings {
  /** Context ids run from 0 to this number, excluded. */
  contextCapacity: number;
  /** Ceiling of the engine's memory in bytes; samples that would need more are dropped. */
  memoryBytes: number;
  /** Percentiles of histograms and timings, ascending, each from 0 to 1, at most 64. */
  percentiles: readonly number[];
  /** Unsigned 32-bit seed of the reservoirs and of the hashes of set members. */
  seed: number;
}

/**
 * Holds the cells. Both engines report the same bits for the same samples in the same order. Nothing outside this folder
 * knows which one runs, and a context id given to it is always one below `contextCapacity`.
 */
export interface Engine {
  readonly name: EngineName;
  /** Where samples are left; its `intervalStartSeconds` may only change while it is empty. */
  readonly samples: SampleBuffer;
  /** Applies the samples in the buffer and empties it; gives how many were dropped because the memory ceiling was reached. */
  applySamples(): number;
  /** Begins the hash of a set's member that is longer than the member buffer; the buffer must be empty. */
  startMember(): void;
  /** Takes in the next part of that member from the beginning of the member buffer: all of it, or, last, `units` of it. */
  addMemberPart(units: number, last: boolean): void;
  /** Whether the context has any cell, in an open interval or in a snapshot that has not been read to its end. */
  holdsContext(contextId: number): boolean;
  /** Whether a snapshot of everything would report nothing. Samples in the buffer do not count. */
  readonly isEmpty: boolean;
  /**
   * Takes all intervals out that start before `beforeSeconds`, oldest first. A later sample of one of them opens it anew.
   *
   * Those of them that start at `keepFromSeconds` (default: none) or later are reported, and stay open: a later sample
   * changes the cell that was reported, which later snapshots report, whole, when it has changed since. Distributions are
   * taken out all the same. Such a snapshot must have been read to its end when the next is taken. What is recorded in an
   * interval that it keeps and has not read yet may be in it, but no cell is reported twice, except for distributions.
   */
  takeSnapshot(beforeSeconds: number, keepFromSeconds?: number): Snapshot;
  /**
   * Writes the percentiles of a cell's kept samples (1 to 1000, left as they are) to `into`: the bits that
   * {@link Snapshot.read} gives. Any engine with the same percentiles serves, whatever it holds.
   */
  selectPercentiles(samples: Float64Array, into: Float64Array): void;
  /** Bytes that the engine holds from its runtime; they only shrink with the engine itself. */
  readonly memoryBytes: number;
}

/** Finished intervals. It must be read to its end, in one of the two ways, for only then does the engine have the memory back. */
export interface Snapshot {
  /** Whether there is nothing to read. */
  readonly isEmpty: boolean;
  /**
   * The next cells, all of one interval, in the order of their first samples; undefined at the end. It may be none, when
   * the call only freed cells that had not changed. Of a kept interval those that were reported before come first, the
   * latest to change foremost. A call works through about `maxSamples` kept samples at most (a whole number, from 1 to
   * 2^31 - 1), to bound the time that it takes. The slice's columns are valid until the next call of any method of the engine.
   */
  read(maxSamples: number): Slice | undefined;
  /** As {@link read}, but histograms and timings have their kept samples where their percentiles would be: a copy, no selection. */
  readRaw(maxSamples: number): Slice | undefined;
}

/** Cells of one interval, in columns. */
export interface Slice {
  /** POSIX seconds of the start of the interval. */
  startSeconds: number;
  /** Number of cells. */
  length: number;
  /** Context id and kind of each cell. */
  codes: Int32Array;
  /** For each cell the index after its last value; the first cell's values begin at 0. */
  ends: Int32Array;
  /**
   * Counter, gauge, set: one value. Histogram, timing: count, min, max, sum, then the percentiles, or raw the kept
   * samples, at most 1000. Distribution: every value in the order recorded.
   */
  values: Float64Array;
  /** Whether the last cell, a distribution, goes on at the beginning of the next slice. */
  continues: boolean;
}

/** Values of a histogram or timing in a slice that come before the percentiles, or kept samples. */
export const HISTOGRAM_COUNT = 0;
export const HISTOGRAM_MIN = 1;
export const HISTOGRAM_MAX = 2;
export const HISTOGRAM_SUM = 3;
export const FIRST_PERCENTILE = 4;

/** What holds the samples: the engine in WebAssembly, or the one in plain TypeScript. */
export type EngineName = 'wasm' | 'js';
