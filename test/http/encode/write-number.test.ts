import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_NUMBER_BYTES, writeNumber } from '../../../src/http/encode/write-number.js';

const AT = 3;
const bytes = Buffer.alloc(AT + MAX_NUMBER_BYTES);
const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Returns the text of a number, or undefined where writeNumber declines. */
function text(value: number): string | undefined {
  bytes.fill(0x21);
  const end = writeNumber(value, view, AT);
  if (end === -1) return undefined;
  // Bytes before the number are not touched.
  expect(bytes.toString('latin1', 0, AT)).toBe('!!!');
  return bytes.toString('latin1', AT, end);
}

/** Returns the double that is `steps` doubles away. */
function neighbour(value: number, steps: number): number {
  const doubles = new Float64Array([value]);
  new BigInt64Array(doubles.buffer)[0] += BigInt(steps);
  return doubles[0];
}

function expectSame(value: number): void {
  const written = text(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e17)) return;
  if (written === undefined) {
    // These few become the next power of ten when rounded to 17 digits.
    expect(`${Number(magnitude.toPrecision(17))}`).toMatch(/^(1|0\.0*1|10*)$/);
    return;
  }
  expect(Object.is(JSON.parse(written), value === 0 ? 0 : value), written).toBe(true);
}

describe('numbers as text', () => {
  test.each([
    [0, '0'],
    [-0, '0'],
    [1, '1'],
    [-1, '-1'],
    [10, '10'],
    [1234567, '1234567'],
    [100000000000, '100000000000'],
    [0.1, '0.1'],
    [-0.25, '-0.25'],
    [12.5, '12.5'],
    [1999.000001, '1999.000001'],
    [123456.789, '123456.789'],
    [0.000012345, '0.000012345'],
    [0.1 + 0.2, '0.30000000000000004'],
    [2 ** 53, '9007199254740992'],
  ])('%d is written as %s', (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e17, -1e300, 5e-324, 9.9e-7])(
    '%d is declined',
    (value) => {
      expect(text(value)).toBeUndefined();
    },
  );

  test('doubles around powers of ten and of two read back unchanged', () => {
    for (let exponent = -7; exponent <= 17; exponent++) {
      for (let steps = -30; steps <= 30; steps++) expectSame(neighbour(Number(`1e${exponent}`), steps));
    }
    for (let exponent = -21; exponent <= 57; exponent++) {
      for (let steps = -3; steps <= 3; steps++) expectSame(neighbour(2 ** exponent, steps));
    }
  });

  test('every double reads back unchanged', () => {
    const scaled = fc
      .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -7, max: 18 }))
      .map(([a, b]) => a * 10 ** b);
    const decimal = fc.tuple(fc.integer(), fc.integer({ min: 0, max: 15 })).map(([a, b]) => a / 10 ** b);
    fc.assert(fc.property(fc.oneof(scaled, decimal, fc.double({ noNaN: true })), expectSame), { numRuns: 20_000 });
  });
});
