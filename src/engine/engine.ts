// This folder holds the cells: what was recorded for each context in each interval. Both engines, in wasm/ and in js/, apply
// samples to cells and report finished intervals. The folder may import only model/ and runtime/. Its front door is this file
// with the types, and create-engine.ts, which makes an engine. Nothing outside the folder depends on which engine runs.
// raw-snapshot/ also uses js/percentiles.ts, which selects percentiles without an engine.

import type { SampleBuffer } from './sample-buffer.js';

/** The settings of an engine. They cannot change later. */
export interface EngineSettings {
  /** Number of contexts. Their ids run from 0 to this number, exclusive. */
  contextCapacity: number;
  /** Ceiling of the engine's memory in bytes. Samples that would need more are dropped. */
  memoryBytes: number;
  /** Percentiles of histograms and timings: at most 64, ascending, each from 0 to 1. */
  percentiles: readonly number[];
  /** Seed of the random reservoirs and of the hashes of set members: an unsigned 32-bit integer. */
  seed: number;
}

/**
 * Rolls samples up in cells. Both engines report the same bits when they get the same samples in the same order. Every context id
 * that is passed in must be below `contextCapacity`.
 */
export interface Engine {
  readonly name: EngineName;
  /** The buffer that the caller writes samples to. Its `intervalStartSeconds` may only change while it is empty. */
  readonly samples: SampleBuffer;
  /**
   * Applies the samples in the buffer and empties it. Returns how many were dropped because the memory ceiling was reached. The
   * code of each sample of a counter or gauge that was dropped is 0 then, until the buffer is written again.
   */
  applySamples(): number;
  /** Whether the context has any cell, in an open interval or in a snapshot that has not been read to its end. */
  holdsContext(contextId: number): boolean;
  /** Whether a snapshot of all intervals would be empty. Samples in the buffer do not count. */
  readonly isEmpty: boolean;
  /**
   * Takes out all intervals that start before `beforeSeconds`, oldest first. A later sample of such an interval opens it again.
   *
   * Intervals among them that start at `keepFromSeconds` or later are kept instead: they are reported and stay open for late
   * samples. A late sample changes the cell that was reported, and the next snapshot reports that cell again, with its whole
   * value. Distributions are taken out even then.
   *
   * A snapshot that keeps intervals must be read to its end before the next one is taken. A sample that reaches a kept interval
   * before the interval has been read may be in the snapshot. No cell is in a snapshot twice, except for distributions.
   *
   * @param keepFromSeconds By default no interval is kept.
   */
  takeSnapshot(beforeSeconds: number, keepFromSeconds?: number): Snapshot;
  /** Bytes that the engine holds. They do not shrink while the engine lives. */
  readonly memoryBytes: number;
}

/**
 * Finished intervals. A snapshot must be read to its end, by one of the two methods, because only reading it frees the engine's
 * memory.
 */
export interface Snapshot {
  /** Whether there is nothing to read. */
  readonly isEmpty: boolean;
  /** Whether intervals of it are kept, so that a later snapshot may report their cells again. */
  readonly keepsIntervals: boolean;
  /**
   * Reads the next cells, all of one interval. Returns undefined at the end of the snapshot. A slice is empty when the call only
   * freed cells that had not changed.
   *
   * Cells come in the order of their first samples. In a kept interval, cells that were reported before come first, the
   * most recently changed of them at the beginning.
   *
   * The columns of the slice are valid until the next call of any method of the engine.
   *
   * @param maxSamples Bounds the time that the call takes: it ends with the cell that brings the number of processed samples to
   * this, or amid a distribution less than 2000 samples later. An integer from 1 to 2^31 - 1.
   */
  read(maxSamples: number): Slice | undefined;
  /** Does the same as {@link read}, but copies the kept samples of histograms and timings instead of selecting percentiles. */
  readRaw(maxSamples: number): Slice | undefined;
}

/** Cells of one interval, in columns. */
export interface Slice {
  /** Start of the interval in POSIX seconds. */
  startSeconds: number;
  /** Number of cells. */
  length: number;
  /** The code of each cell: its context id and kind. */
  codes: Int32Array;
  /** For each cell the index after its last value. The values of the first cell begin at 0. */
  ends: Int32Array;
  /**
   * The values of the cells. A counter, a gauge and a set have one value. A histogram and a timing have count, min, max and sum,
   * then the percentiles or, in a raw slice, the kept samples, of which there are at most 1000. A distribution has all values
   * in the order recorded, or as many of them as the slice takes, but at least one.
   */
  values: Float64Array;
  /** Whether the last cell, which is a distribution, goes on at the beginning of the next slice. */
  continues: boolean;
}

/** Offsets of the values of a histogram or timing in a slice. */
export const HISTOGRAM_COUNT = 0;
export const HISTOGRAM_MIN = 1;
export const HISTOGRAM_MAX = 2;
export const HISTOGRAM_SUM = 3;
/** Offset of the first percentile or, in a raw slice, of the first kept sample. */
export const FIRST_PERCENTILE = 4;

/** `wasm` is the engine in WebAssembly, `js` the one in TypeScript. */
export type EngineName = 'wasm' | 'js';
