// Selects percentiles without sorting all samples, by the same procedure as assembly/percentiles.ts, which explains it and the
// constants. The selected samples are the same whatever the bins are, so the bins may be computed differently here.

import { PERCENTILE_CAPACITY, RESERVOIR_CAPACITY } from './cell-layout.js';

const MAX_BIN_BITS = 9;
const SORTED_DIRECTLY = 24;
const MAX_LEVEL = 6;
const PROBES = 16;
const MAX_ALIKE_PROBES = 10;

/** Adding and then subtracting this number rounds a double from 0 to 2^51 to an integer, halves to even. */
const ROUNDER = 2 ** 52;

/** Index of the upper one of a double's two words: 1 on little-endian processors. */
const UPPER = new Uint8Array(Uint16Array.of(1).buffer)[0];
const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);

/** For each bin its number of samples in the upper half, and one more than the index of its last sample in the lower. */
const chains = new Int32Array(1 << MAX_BIN_BITS);
const COUNT_SHIFT = 16;
const LAST_MASK = 0xffff;
const ranks = new Int32Array(PERCENTILE_CAPACITY);
/** For each sample one more than the index of the previous sample of its bin, 0 if there is none. */
const previous = new Uint16Array(RESERVOIR_CAPACITY);

/**
 * For each level its segments: their samples, and for each segment where these begin and end, how many samples precede them in
 * sorted order, and the index after its last rank.
 */
const levels = Array.from({ length: MAX_LEVEL }, () => ({
  samples: new Float64Array(RESERVOIR_CAPACITY),
  begins: new Int32Array(PERCENTILE_CAPACITY),
  ends: new Int32Array(PERCENTILE_CAPACITY),
  befores: new Int32Array(PERCENTILE_CAPACITY),
  rankEnds: new Int32Array(PERCENTILE_CAPACITY),
}));

/**
 * Writes the percentiles of the first `count` doubles of `samples` to `target`, from `offset` on. No sample may be below `least`
 * or above `greatest`. The samples stay as they are. A percentile p is the sample at rank round(p * count - 1), with halves
 * rounded to even, clamped to the samples (reference: metrics.py, Histogram).
 *
 * @param count From 1 to 1000.
 * @param percentiles At most 64, ascending, each from 0 to 1.
 */
export function selectPercentiles(
  samples: Float64Array,
  count: number,
  least: number,
  greatest: number,
  percentiles: readonly number[],
  target: Float64Array,
  offset: number,
): void {
  if (percentiles.length === 0) return;
  for (let i = 0; i < percentiles.length; i++) {
    const rank = percentiles[i] * count - 1;
    ranks[i] = rank <= 0 ? 0 : Math.min(rank + ROUNDER - ROUNDER, count - 1);
  }
  let from = samples;
  if (count <= SORTED_DIRECTLY) {
    // A copy is sorted, in the space of a level that no selection needs now.
    from = levels[0].samples;
    for (let i = 0; i < count; i++) from[i] = samples[i];
  }
  selectRanks(from, 0, count, least, greatest, 0, 0, percentiles.length, target, offset, 0);
}

/**
 * Finds the samples of the ranks from `firstRank` to before `lastRank` among those from `begin` to `end`, which `before` other
 * samples precede in sorted order. The sample of rank 0 belongs at `offset`.
 */
function selectRanks(
  samples: Float64Array,
  begin: number,
  end: number,
  least: number,
  greatest: number,
  before: number,
  firstRank: number,
  lastRank: number,
  target: Float64Array,
  offset: number,
  level: number,
): void {
  if (least === greatest) {
    target.fill(least, offset + firstRank, offset + lastRank);
    return;
  }
  const count = end - begin;
  if (count <= SORTED_DIRECTLY || level === MAX_LEVEL) {
    if (count <= SORTED_DIRECTLY) insertionSort(samples, begin, end);
    else samples.subarray(begin, end).sort();
    return copyRanks(samples, begin, before, firstRank, lastRank, target, offset);
  }
  let least1 = Number.POSITIVE_INFINITY;
  let least2 = Number.POSITIVE_INFINITY;
  let greatest1 = Number.NEGATIVE_INFINITY;
  let greatest2 = Number.NEGATIVE_INFINITY;
  const stride = Math.floor(count / PROBES);
  for (let i = 0; i < PROBES; i++) {
    const probe = samples[begin + i * stride];
    least2 = Math.min(least2, Math.max(least1, probe));
    least1 = Math.min(least1, probe);
    greatest2 = Math.max(greatest2, Math.min(greatest1, probe));
    greatest1 = Math.max(greatest1, probe);
  }
  const reach = 2 * (greatest2 - least2);
  let low = Math.max(least, least2 - reach);
  let high = Math.min(greatest, greatest2 + reach);
  if (low === high) {
    low = least;
    high = greatest;
  }
  const binBits = Math.min(32 - Math.clz32(count), MAX_BIN_BITS);
  const lastBin = (1 << binBits) - 1;
  const scale = lastBin / (high - low);

  chains.fill(0, 0, lastBin + 1);
  const leastKey = keyOf(least);
  const keyBits = 32 - Math.clz32(keyOf(greatest) - leastKey);
  // If the upper halves of their bits agree, keys would leave all samples in one bin.
  if (keyBits > 0 && (level > 0 || scale === 0 || areProbesAlike(samples, begin, stride, low, scale, lastBin))) {
    chainByKey(samples, begin, count, leastKey, keyBits > binBits ? keyBits - binBits : 0);
  } else if (low === least && high === greatest) {
    chainWithin(samples, begin, count, low, scale);
  } else {
    chainByValue(samples, begin, count, low, scale, lastBin);
  }

  const { samples: gathered, begins, ends, befores, rankEnds } = levels[level];
  let segments = 0;
  let next = 0;
  let bin = lastBin + 1;
  // Samples that precede those of the bin.
  let below = before + count;
  let rank = lastRank;
  // From the top, because most percentiles are there.
  while (rank > firstRank) {
    const wanted = ranks[rank - 1];
    while (below > wanted) below -= chains[--bin] >> COUNT_SHIFT;
    begins[segments] = next;
    befores[segments] = below;
    rankEnds[segments] = rank;
    do rank--;
    while (rank > firstRank && ranks[rank - 1] >= below);
    for (let i = chains[bin] & LAST_MASK; i !== 0; i = previous[i - 1]) gathered[next++] = samples[begin + i - 1];
    ends[segments] = next;
    segments++;
  }

  for (let s = 0; s < segments; s++) {
    const segmentFirst = s === segments - 1 ? firstRank : rankEnds[s + 1];
    // Most segments are small, and are sorted without knowing their least and greatest sample.
    if (ends[s] - begins[s] <= SORTED_DIRECTLY) {
      insertionSort(gathered, begins[s], ends[s]);
      copyRanks(gathered, begins[s], befores[s], segmentFirst, rankEnds[s], target, offset);
      continue;
    }
    let segmentLeast = gathered[begins[s]];
    let segmentGreatest = segmentLeast;
    for (let i = begins[s] + 1; i < ends[s]; i++) {
      const sample = gathered[i];
      if (sample < segmentLeast) segmentLeast = sample;
      if (sample > segmentGreatest) segmentGreatest = sample;
    }
    selectRanks(
      gathered,
      begins[s],
      ends[s],
      segmentLeast,
      segmentGreatest,
      befores[s],
      segmentFirst,
      rankEnds[s],
      target,
      offset,
      level + 1,
    );
  }
}

/** Distributes the samples over bins of equally many bit patterns. */
function chainByKey(samples: Float64Array, begin: number, count: number, leastKey: number, shift: number): void {
  const words = new Int32Array(samples.buffer, samples.byteOffset, samples.length * 2);
  for (let i = 0; i < count; i++) chain((keyAt(words, begin + i) - leastKey) >>> shift, i);
}

/** Distributes the samples over bins of equal width. */
function chainByValue(samples: Float64Array, begin: number, count: number, low: number, scale: number, lastBin: number): void {
  for (let i = 0; i < count; i++) chain(binOf(samples[begin + i], low, scale, lastBin), i);
}

/**
 * Does the same as {@link chainByValue}, a quarter faster, when no sample lies outside the bins. The greatest sample is at
 * range * (lastBin / range), which two roundings keep below lastBin + 1. A range so small that the scale overflows leaves all
 * samples in the first bin.
 */
function chainWithin(samples: Float64Array, begin: number, count: number, low: number, scale: number): void {
  for (let i = 0; i < count; i++) chain(((samples[begin + i] - low) * scale) | 0, i);
}

/** Adds the sample at an index to the chain of its bin. */
function chain(bin: number, index: number): void {
  const last = chains[bin];
  previous[index] = last;
  chains[bin] = (last & ~LAST_MASK) + (1 << COUNT_SHIFT) + index + 1;
}

/** Whether bins of equal width would hardly separate the probes. */
function areProbesAlike(
  samples: Float64Array,
  begin: number,
  stride: number,
  low: number,
  scale: number,
  lastBin: number,
): boolean {
  let alike = 0;
  let last = -1;
  for (let i = 0; i < PROBES; i++) {
    const bin = binOf(samples[begin + i * stride], low, scale, lastBin);
    if (bin === last) alike++;
    last = bin;
  }
  return alike > MAX_ALIKE_PROBES;
}

/** Converts the upper half of a double's bits to a signed integer of the same order. The other engine uses all bits. */
function keyOf(sample: number): number {
  double[0] = sample;
  return keyAt(doubleWords, 0);
}

function keyAt(words: Int32Array, index: number): number {
  const word = words[2 * index + UPPER];
  return word ^ ((word >> 31) & 0x7fffffff);
}

/** Returns the bin of a sample without a branch. NaN, which 0 times infinity yields, becomes the first bin. */
function binOf(sample: number, low: number, scale: number, lastBin: number): number {
  return Math.min(Math.max((sample - low) * scale, 0), lastBin) | 0;
}

function copyRanks(
  sorted: Float64Array,
  begin: number,
  before: number,
  firstRank: number,
  lastRank: number,
  target: Float64Array,
  offset: number,
): void {
  for (let i = firstRank; i < lastRank; i++) target[offset + i] = sorted[begin + ranks[i] - before];
}

function insertionSort(samples: Float64Array, begin: number, end: number): void {
  for (let i = begin + 1; i < end; i++) {
    const value = samples[i];
    let hole = i;
    while (hole > begin && samples[hole - 1] > value) {
      samples[hole] = samples[hole - 1];
      hole--;
    }
    samples[hole] = value;
  }
}
