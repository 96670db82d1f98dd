import { describe, expect, test } from 'vitest';
import { MEMBER_IS_NUMBER, MEMBER_LENGTH_MASK, SampleBuffer } from '../../src/engine/sample-buffer.js';

function makeBuffer(samples = 4, units = 16): SampleBuffer {
  return new SampleBuffer(new Int32Array(samples), new Float64Array(samples), new Uint16Array(units));
}

describe('a sample buffer', () => {
  test('keeps samples in order, and returns true when it is full', () => {
    const buffer = makeBuffer(3);
    expect([buffer.append(8, 1.5), buffer.append(16, -2), buffer.append(8, 3)]).toEqual([false, false, true]);
    expect([...buffer.codes]).toEqual([8, 16, 8]);
    expect([...buffer.values]).toEqual([1.5, -2, 3]);
    expect(buffer.length).toBe(3);
  });

  test('turns -0 into 0', () => {
    const buffer = makeBuffer();
    buffer.append(0, -0);
    expect(buffer.values[0]).toBe(0);
    buffer.appendNumber(0, -0);
    expect([...buffer.members.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
  });

  test('writes texts as code units, at even offsets', () => {
    const buffer = makeBuffer();
    for (const member of ['abc', '', '\ud800', 'é\u4e2d']) buffer.appendText(2, member);
    const placed = Array.from({ length: 4 }, (_, i) => [buffer.words[2 * i], buffer.words[2 * i + 1]]);
    expect(placed).toEqual([
      [0, 6],
      [4, 0],
      [4, 2],
      [6, 4],
    ]);
    expect([...buffer.members.subarray(0, 3)]).toEqual([97, 98, 99]);
    expect([...buffer.members.subarray(4, 8)]).toEqual([0xd800, 0, 0xe9, 0x4e2d]);
    expect(buffer.membersLength).toBe(8);
  });

  test('writes a number as the units of its double, with a flag', () => {
    const buffer = makeBuffer();
    buffer.appendNumber(2, 1);
    buffer.appendNumber(2, 0.1);
    const lengthAndFlags = buffer.words[1];
    expect(lengthAndFlags & MEMBER_IS_NUMBER).not.toBe(0);
    expect(lengthAndFlags & MEMBER_LENGTH_MASK).toBe(8);
    expect([...new Float64Array(buffer.members.buffer, 0, 2)]).toEqual([1, 0.1]);
  });

  test('tells whether a member still fits', () => {
    const buffer = makeBuffer(8, 10);
    expect([buffer.hasRoomFor(10), buffer.hasRoomFor(11)]).toEqual([true, false]);
    buffer.appendText(2, 'abc');
    expect([buffer.hasRoomFor(6), buffer.hasRoomFor(7)]).toEqual([true, false]);
    buffer.appendText(2, 'abcde');
    expect([buffer.hasRoomFor(0), buffer.hasRoomFor(1)]).toEqual([true, false]);
    buffer.clear();
    expect([buffer.length, buffer.membersLength, buffer.hasRoomFor(10)]).toEqual([0, 0, true]);
  });

  test('goes on in memory that has moved', () => {
    const buffer = makeBuffer(2);
    buffer.append(8, 1);
    const [codes, values, members] = [buffer.codes.slice(), buffer.values.slice(), buffer.members.slice()];
    buffer.setViews(codes, values, members);
    expect(buffer.append(16, 2)).toBe(true);
    expect([[...codes], [...values]]).toEqual([
      [8, 16],
      [1, 2],
    ]);
    expect(buffer.words.buffer).toBe(values.buffer);
  });
});
