import { describe, expect, test } from 'vitest';
import type { Slice } from '../../src/engine/engine.js';
import { type FramedSlice, SliceFramer, unframeSlice } from '../../src/raw-snapshot/raw-slice.js';

const privateMemory = (bytes: number): ArrayBuffer => new ArrayBuffer(bytes);

function frameSlice(slice: Slice, allocate: (bytes: number) => ArrayBufferLike): FramedSlice {
  return new SliceFramer(allocate).frame(slice);
}

/** A slice of two cells, whose columns are longer than the slice, as an engine's are. */
function sliceOfTwo(): Slice {
  return {
    startSeconds: 10,
    length: 2,
    codes: Int32Array.of(9, 17, 25),
    ends: Int32Array.of(1, 4, 7),
    values: Float64Array.of(1.5, -0, Number.MAX_VALUE, 5e-324, 99, 99, 99),
    continues: true,
  };
}

const MEMORIES: [string, (bytes: number) => ArrayBufferLike][] = [
  ['memory of its own', privateMemory],
  ['shared memory', (bytes) => new SharedArrayBuffer(bytes)],
];

describe.each(MEMORIES)('in %s', (_, allocate) => {
  test('a framed slice is the same slice again', () => {
    expect(unframeSlice(frameSlice(sliceOfTwo(), allocate))).toEqual({
      startSeconds: 10,
      length: 2,
      codes: Int32Array.of(9, 17),
      ends: Int32Array.of(1, 4),
      values: Float64Array.of(1.5, -0, Number.MAX_VALUE, 5e-324),
      continues: true,
    });
  });

  test('a frame is no larger than its cells and values', () => {
    expect(frameSlice(sliceOfTwo(), allocate).columns.byteLength).toBe(2 * 4 + 2 * 4 + 4 * 8);
  });

  test('a slice without cells can be framed', () => {
    const framed = frameSlice({ ...sliceOfTwo(), length: 0, continues: false }, allocate);
    expect(unframeSlice(framed)).toMatchObject({ startSeconds: 10, length: 0, continues: false });
    expect(framed.columns.byteLength).toBe(0);
  });
});

test('slices share a piece of memory while there is room, and each is the same slice again', () => {
  const pieces: ArrayBuffer[] = [];
  const framer = new SliceFramer((bytes) => {
    pieces.push(new ArrayBuffer(Math.max(bytes, 104)));
    return pieces.at(-1)!;
  });
  // Each takes 48 bytes.
  const slices = Array.from({ length: 5 }, (_, i) => ({ ...sliceOfTwo(), startSeconds: i, values: Float64Array.of(i, 1, 2, 3) }));
  const framed = slices.map((slice) => framer.frame(slice));
  expect(pieces).toHaveLength(3);
  expect(framed.map(({ columns, beginBytes }) => [pieces.indexOf(columns as ArrayBuffer), beginBytes])).toEqual([
    [0, 0],
    [0, 48],
    [1, 0],
    [1, 48],
    [2, 0],
  ]);
  for (const [i, slice] of slices.entries()) {
    expect(unframeSlice(framed[i])).toEqual(unframeSlice(frameSlice(slice, privateMemory)));
  }
});

test('a frame does not change when the engine reuses its columns', () => {
  const slice = sliceOfTwo();
  const framed = frameSlice(slice, privateMemory);
  slice.values.fill(7);
  slice.codes.fill(7);
  slice.ends.fill(7);
  expect(unframeSlice(framed)).toEqual(unframeSlice(frameSlice(sliceOfTwo(), privateMemory)));
});

test('a frame can be copied to another process', () => {
  const framed = frameSlice(sliceOfTwo(), privateMemory);
  expect(unframeSlice(structuredClone(framed))).toEqual(unframeSlice(framed));
});
