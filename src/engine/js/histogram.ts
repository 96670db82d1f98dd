import { RESERVOIR_CAPACITY } from './cell-layout.js';
import type { Block, Memory } from './memory.js';
import { selectPercentiles } from './percentiles.js';
import type { Random } from './random.js';
import { totalOf } from './sum.js';

/** Samples in a group: one for each bit of a random word. */
const GROUP = 32;

/** Count, minimum, maximum and sum, which precede the percentiles or the kept samples in a slice. */
const SUMMARY_VALUES = 4;

/**
 * The cell of a histogram: count, minimum and maximum of the samples of an interval, and up to 1000 of the samples
 * themselves. The sum is in the doubles of the cell. assembly/histogram.ts explains how samples are kept.
 */
export class HistogramCell {
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  /** Number of all samples, kept or not. */
  count = 0;
  /** The kept samples. */
  block: Block;

  /** Begins a new cell with a block of the smallest size. */
  constructor(block: Block) {
    this.block = block;
  }

  /** Number of kept samples. */
  get keptCount(): number {
    return Math.min(this.count, RESERVOIR_CAPACITY);
  }

  /**
   * Adds the samples from `begin` to before `end`, and their sum to the pair at `sumAt` of `doubles`. Returns how many were
   * added: fewer than all when memory is exhausted.
   */
  addRun(
    values: Float64Array,
    begin: number,
    end: number,
    memory: Memory,
    random: Random,
    doubles: Float64Array,
    sumAt: number,
  ): number {
    let next = begin;
    while (next < end && this.count < RESERVOIR_CAPACITY) {
      if (this.count === this.block.values.length && !this.#grow(memory)) break;
      this.block.values[this.count++] = values[next++];
    }
    if (this.count >= RESERVOIR_CAPACITY) {
      this.#sample(values, next, end, random);
      next = end;
    }
    let { min, max } = this;
    // The same operations as in addRunToSum, but in the pass that finds the extremes, because two passes are slower.
    let sum = doubles[sumAt];
    let compensation = doubles[sumAt + 1];
    for (let i = begin; i < next; i++) {
      const value = values[i];
      if (value < min) min = value;
      if (value > max) max = value;
      const total = sum + value;
      const virtual = total - sum;
      compensation += sum - (total - virtual) + (value - virtual);
      sum = total;
    }
    doubles[sumAt] = sum;
    doubles[sumAt + 1] = compensation;
    this.min = min;
    this.max = max;
    return next - begin;
  }

  /** Lets samples replace others in the full reservoir; see assembly/histogram.ts. */
  #sample(values: Float64Array, begin: number, end: number, random: Random): void {
    const reservoir = this.block.values;
    for (let at = begin; at < end; at += GROUP) {
      const group = Math.min(end - at, GROUP);
      const first = this.count + 1;
      let candidates = -1 << (GROUP - group);
      let scale = 1;
      if (group === GROUP) {
        for (; first * scale >= 2 * RESERVOIR_CAPACITY; scale /= 2) candidates &= random.next();
      }
      while (candidates !== 0) {
        const index = Math.clz32(candidates);
        candidates ^= 0x80000000 >>> index;
        const slot = random.next() * (1 / 4294967296) * ((first + index) * scale);
        if (slot < RESERVOIR_CAPACITY) reservoir[Math.floor(slot)] = values[at + index];
      }
      this.count += group;
    }
  }

  /** Moves the kept samples to a block of the next size. Returns false, with nothing changed, when memory is exhausted. */
  #grow(memory: Memory): boolean {
    const block = this.block;
    const larger = memory.allocate(block.blockClass + 1);
    if (larger === undefined) return false;
    larger.values.set(block.values);
    memory.release(block);
    this.block = larger;
    return true;
  }

  /** Number of values that {@link read} writes. */
  valueCount(isRaw: boolean, percentileCount: number): number {
    return SUMMARY_VALUES + (isRaw ? this.keptCount : percentileCount);
  }

  /**
   * Writes count, minimum, maximum and sum to `target`, from `offset` on, and after them the percentiles or, if raw, the kept
   * samples. The sum is that of the pair at `sumAt` of `doubles`.
   */
  read(
    target: Float64Array,
    offset: number,
    doubles: Float64Array,
    sumAt: number,
    isRaw: boolean,
    percentiles: readonly number[],
  ): void {
    const { count, min, max, block, keptCount } = this;
    target[offset] = count;
    target[offset + 1] = min;
    target[offset + 2] = max;
    target[offset + 3] = totalOf(doubles, sumAt);
    const next = offset + SUMMARY_VALUES;
    if (isRaw) target.set(block.values.subarray(0, keptCount), next);
    else selectPercentiles(block.values, keptCount, min, max, percentiles, target, next);
  }

  /** Frees the block. The cell must not be used again. */
  free(memory: Memory): void {
    memory.release(this.block);
  }
}
