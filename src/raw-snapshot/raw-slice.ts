// This folder brings raw slices, and the contexts that they name, into a form that can be moved to another thread or process.
// There they become rows.
//
// The sending side frames slices (SliceFramer) and describes contexts that the receiver does not know yet (ContextSender). The
// receiving side restores both (unframeSlice, ContextMirror), and selects the percentiles (PercentileSelector). This folder does
// not know how frames travel, and must not import worker/ or node:worker_threads. It may import contexts/, engine/, flush/ and
// what lies below them.

import type { Slice } from '../engine/engine.js';

/** A slice whose columns lie in one piece of memory: first its values, then its codes, then its ends. */
export interface FramedSlice extends Pick<Slice, 'startSeconds' | 'length' | 'continues'> {
  /** The memory. Other slices may lie in it, too. */
  readonly columns: ArrayBufferLike;
  /** Where the values begin in it. */
  readonly beginBytes: number;
  readonly valueCount: number;
}

const DOUBLE_BYTES = 8;
const WORD_BYTES = 4;

/** Bytes of a cell's code and end. */
const CELL_BYTES = 2 * WORD_BYTES;

/** Copies slices into pieces of memory, one behind the other. */
export class SliceFramer {
  readonly #allocate: (bytes: number) => ArrayBufferLike;
  #columns: ArrayBufferLike = new ArrayBuffer(0);
  #doubles: Float64Array = new Float64Array(0);
  #words: Int32Array = new Int32Array(0);
  #endBytes = 0;

  /**
   * @param allocate Returns memory of at least this many bytes, a multiple of 8, for example memory that the receiver shares.
   */
  constructor(allocate: (bytes: number) => ArrayBufferLike) {
    this.#allocate = allocate;
  }

  frame({ startSeconds, length, codes, ends, values, continues }: Slice): FramedSlice {
    const valueCount = length === 0 ? 0 : ends[length - 1];
    const bytes = valueCount * DOUBLE_BYTES + length * CELL_BYTES;
    if (this.#endBytes + bytes > this.#columns.byteLength) this.#begin(bytes);
    const beginBytes = this.#endBytes;
    const codesBegin = beginBytes / WORD_BYTES + valueCount * 2;
    this.#doubles.set(values.subarray(0, valueCount), beginBytes / DOUBLE_BYTES);
    this.#words.set(codes.subarray(0, length), codesBegin);
    this.#words.set(ends.subarray(0, length), codesBegin + length);
    this.#endBytes += bytes;
    return { startSeconds, length, continues, columns: this.#columns, beginBytes, valueCount };
  }

  /** Begins another piece of memory. */
  #begin(bytes: number): void {
    this.#columns = this.#allocate(bytes);
    this.#doubles = new Float64Array(this.#columns);
    this.#words = new Int32Array(this.#columns);
    this.#endBytes = 0;
  }
}

/** Returns the framed slice, whose columns are views of the frame's memory. */
export function unframeSlice(framed: FramedSlice): Slice {
  const { startSeconds, length, continues, columns, beginBytes, valueCount } = framed;
  const endsBegin = beginBytes + valueCount * DOUBLE_BYTES + length * WORD_BYTES;
  const ends = new Int32Array(columns, endsBegin, length);
  return {
    startSeconds,
    length,
    codes: codesOf(framed),
    ends,
    values: new Float64Array(columns, beginBytes, valueCount),
    continues,
  };
}

/** Returns the codes of a framed slice, as a view of the frame's memory. */
export function codesOf({ length, columns, beginBytes, valueCount }: FramedSlice): Int32Array {
  return new Int32Array(columns, beginBytes + valueCount * DOUBLE_BYTES, length);
}
