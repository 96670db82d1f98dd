// A naive model of what the engines should report: it keeps every value, sorts the values, and sums them without rounding.

import { Buffer } from 'node:buffer';
import { expect } from 'vitest';
import { COUNTER, DISTRIBUTION, GAUGE, SET } from '../../../src/model/kinds.js';
import { abs, exactSum, toUnits, ulpUnits } from './exact-sum.js';
import { type CellReport, kindOf, type Sample } from './recorder.js';

/** Samples that a histogram keeps of one interval. */
const KEPT_SAMPLES = 1000;

/** Everything that was recorded in one cell, in order. */
export interface ModelCell {
  readonly startSeconds: number;
  readonly code: number;
  readonly values: number[];
  readonly members: Set<string>;
}

/** Every sample, by interval and context. */
export class Model {
  readonly #intervals = new Map<number, Map<number, ModelCell>>();

  record({ startSeconds, code, value }: Sample): void {
    const cells = this.#intervals.get(startSeconds) ?? new Map<number, ModelCell>();
    this.#intervals.set(startSeconds, cells);
    const cell = cells.get(code) ?? { startSeconds, code, values: [], members: new Set() };
    cells.set(code, cell);
    if (kindOf(code) === SET) cell.members.add(typeof value === 'number' ? `number ${value + 0}` : `text ${value}`);
    // Recording drops the sign of a zero.
    else cell.values.push((value as number) + 0);
  }

  /** Takes the cells of the intervals that start before the moment, oldest interval first, in the order of first samples. */
  flush(beforeSeconds = Number.POSITIVE_INFINITY): ModelCell[] {
    const starts = [...this.#intervals.keys()].filter((start) => start < beforeSeconds).sort((a, b) => a - b);
    const cells = starts.flatMap((start) => [...this.#intervals.get(start)!.values()]);
    for (const start of starts) this.#intervals.delete(start);
    return cells;
  }
}

/** Compares doubles by their bits, so that zeros of different sign differ. */
export function expectSameBits(found: Float64Array, expected: Float64Array): void {
  if (Buffer.compare(bytesOf(found), bytesOf(expected)) !== 0) expect(found).toEqual(expected);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** Python's round, as the reference uses it: halves to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const fraction = value - floor;
  if (fraction !== 0.5) return fraction < 0.5 ? floor : floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** The percentile of at most 1000 values in ascending order. */
export function percentileOf(sorted: ArrayLike<number>, percentile: number): number {
  const index = roundHalfEven(percentile * sorted.length - 1);
  return sorted[Math.min(Math.max(index, 0), sorted.length - 1)];
}

/** Checks that the reports have the model's cells in the same order, with the right values. */
export function expectReports(reports: readonly CellReport[], cells: readonly ModelCell[], percentiles: readonly number[]): void {
  expect(reports.map(identity)).toEqual(cells.map(identity));
  for (let i = 0; i < cells.length; i++) expectReport(reports[i], cells[i], percentiles);
}

function identity({ startSeconds, code }: { startSeconds: number; code: number }): string {
  return `code ${code} at ${startSeconds}`;
}

function expectReport({ values }: CellReport, cell: ModelCell, percentiles: readonly number[]): void {
  const kind = kindOf(cell.code);
  if (kind === GAUGE) {
    expectValues(values, [cell.values.at(-1)!]);
  } else if (kind === SET) {
    expectValues(values, [cell.members.size]);
  } else if (kind === DISTRIBUTION) {
    expectSameBits(values, Float64Array.from(cell.values));
  } else if (kind === COUNTER) {
    expectSum(values[0], cell.values);
    expectValues(values, [values[0]]);
  } else {
    const sorted = Float64Array.from(cell.values).sort();
    expectValues(values.subarray(0, 3), [sorted.length, sorted[0], sorted[sorted.length - 1]]);
    expectSum(values[3], cell.values);
    expectPercentiles(values.subarray(4), sorted, percentiles);
  }
}

/** An assertion takes a hundred times as long as a comparison, so only values that differ are passed to one. */
function expectValues(found: Float64Array, expected: readonly number[]): void {
  const isSame = found.length === expected.length && expected.every((value, i) => Object.is(value, found[i]));
  if (!isSame) expect([...found]).toEqual(expected);
}

/**
 * Checks a compensated sum. Its error is at most half a unit in the last place and a term in the square of the rounding unit
 * (Ogita, Rump and Oishi, "Accurate sum and dot product", 2005, proposition 4.5). A sum that overflows on the way stays infinite;
 * a sum that ends within this error of an overflow may or may not be infinite.
 */
export function expectSum(sum: number, values: readonly number[]): void {
  let plain = 0;
  for (const value of values) plain += value;
  if (!Number.isFinite(plain)) {
    expect(sum).toBe(plain);
    return;
  }
  const exact = exactSum(values);
  const count = BigInt(values.length);
  let magnitude = 0n;
  for (const value of values) magnitude += abs(toUnits(value));
  const allowed = ulpUnits(exact) + ((count * count * magnitude) >> 106n);
  if (!Number.isFinite(sum)) {
    // The exact sum must be within the error of the largest double.
    expect(Math.sign(sum)).toBe(Math.sign(plain));
    expect(abs(exact) + allowed >= toUnits(Number.MAX_VALUE) + toUnits(2 ** 970)).toBe(true);
    return;
  }
  const error = abs(toUnits(sum) - exact);
  if (error > allowed) expect({ sum, error }).toEqual({ sum, error: `at most ${allowed}` });
}

function expectPercentiles(found: Float64Array, sorted: Float64Array, percentiles: readonly number[]): void {
  if (sorted.length <= KEPT_SAMPLES) {
    expectValues(
      found,
      percentiles.map((percentile) => percentileOf(sorted, percentile)),
    );
    return;
  }
  // The kept samples are random, but they are among those recorded, and percentiles are in order.
  const recorded = new Set(sorted);
  expect(found).toHaveLength(percentiles.length);
  expect(found.every((value, i) => recorded.has(value) && (i === 0 || value >= found[i - 1]))).toBe(true);
}
