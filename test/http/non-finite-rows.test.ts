import { expect, test } from 'vitest';
import { isFiniteRow, NonFiniteRows } from '../../src/http/non-finite-rows.js';
import { distribution, metric } from './support/rows.js';

test.each([1e308, -0, 5e-324, -1e308])('a row with %d is encoded', (value) => {
  expect(isFiniteRow(metric({ points: [[10, 1], [20, value]] }))).toBe(true); // biome-ignore format: two points in one line
  expect(isFiniteRow(distribution({ points: [[10, [1, value, 2]]] }))).toBe(true);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])('a row with %d is left out', (value) => {
  expect(isFiniteRow(metric({ points: [[10, value]] }))).toBe(false);
  expect(isFiniteRow(metric({ points: [[10, 1], [20, value]] }))).toBe(false); // biome-ignore format: two points in one line
  expect(isFiniteRow(distribution({ points: [[10, [1, value, 2]]] }))).toBe(false);
});

test('there is no failure when no rows are left out', () => {
  expect(new NonFiniteRows()).toMatchObject({ refused: 0, cause: undefined });
});

test('rows that are left out are counted, and the first one is named', () => {
  const lost = new NonFiniteRows();
  for (const metric of ['bad "one"', 'other', 'other']) lost.add(metric);
  expect(lost).toMatchObject({
    refused: 3,
    cause: { code: 'ERR_THREADSTATS_NON_FINITE_VALUE', message: expect.stringContaining('"bad \\"one\\""') },
  });
  expect(lost.cause!.message).not.toContain('other');
});
