// This folder brings raw slices, and the contexts that they name, into a form that can be moved to another thread or process.
// There they become rows.
//
// The sending side frames slices (frameSlice) and describes contexts that the receiver does not know yet (ContextSender). The
// receiving side restores both (unframeSlice, ContextMirror), and selects the percentiles (PercentileSelector). This folder does
// not know how frames travel, and must not import worker/ or node:worker_threads. It may import contexts/, engine/, flush/ and
// what lies below them.

import type { Slice } from '../engine/engine.js';

/** A slice whose columns lie in one piece of memory: first its values, then its codes, then its ends. */
export interface FramedSlice extends Pick<Slice, 'startSeconds' | 'length' | 'continues'> {
  readonly columns: ArrayBufferLike;
}

/**
 * Copies the columns of a slice into one piece of memory.
 *
 * @param allocate Allocates that memory, for example memory that the receiver shares.
 */
export function frameSlice(slice: Slice, allocate: (bytes: number) => ArrayBufferLike): FramedSlice {
  const { startSeconds, length, codes, ends, values, continues } = slice;
  const valueCount = length === 0 ? 0 : ends[length - 1];
  const columns = allocate(valueCount * 8 + length * 8);
  const words = new Int32Array(columns, valueCount * 8);
  new Float64Array(columns, 0, valueCount).set(values.subarray(0, valueCount));
  words.set(codes.subarray(0, length));
  words.set(ends.subarray(0, length), length);
  return { startSeconds, length, continues, columns };
}

/** Returns the framed slice, whose columns are views of the frame's memory. */
export function unframeSlice({ startSeconds, length, continues, columns }: FramedSlice): Slice {
  const valueCount = columns.byteLength / 8 - length;
  const codes = new Int32Array(columns, valueCount * 8, length);
  const ends = new Int32Array(columns, valueCount * 8 + length * 4, length);
  return { startSeconds, length, codes, ends, values: new Float64Array(columns, 0, valueCount), continues };
}
