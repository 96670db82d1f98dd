import { expect, test } from 'vitest';
import { SampleBuffer } from '../../src/engine/sample-buffer.js';

test('a sample buffer has room for a member if its units fit behind the others, each of which takes an even number', () => {
  const buffer = new SampleBuffer(new Int32Array(8), new Float64Array(8), new Uint16Array(10));
  const room = () => [0, 1, 6, 7, 10, 11].filter((units) => buffer.hasRoomFor(units)).at(-1);
  expect(room()).toBe(10);
  buffer.appendText(2, 'abc');
  expect(room()).toBe(6);
  buffer.appendText(2, 'abcde');
  expect(room()).toBe(0);
  buffer.clear();
  expect(room()).toBe(10);
});
