// Percentiles without sorting: counting passes over leading bits, as in assembly/percentiles.ts, which explains them.
// JavaScript has no 64-bit integers to speak of, so the digits are taken from the upper 32 bits of the doubles, turned
// into an integer of the same order; samples that agree in all of those are sorted.

const DIGIT_BITS = 9;
const BINS = 1 << DIGIT_BITS;
const SORTED_DIRECTLY = 24;

/** Index of a double's upper word among its two: 1 where numbers are stored little end first. */
const UPPER = new Uint8Array(Uint16Array.of(1).buffer)[0];

const counts = new Int32Array(BINS);
const marks = new Uint8Array(BINS);
const ranks = new Int32Array(64);

/** Samples of one level's segments. A level narrows 32 bits by 9, so there are at most four below the first. */
const levels = Array.from({ length: 5 }, () => new Float64Array(1000));

/** Half of 2^53: adding and subtracting it rounds a double to an integer, halves to even. */
const ROUNDER = 2 ** 52;

/**
 * Writes the percentiles (ascending, each from 0 to 1) of the first `count` doubles of `samples` to `target` from `offset`
 * on: for each the sample at rank round(p * count - 1), halves to even, clamped (reference: metrics.py, Histogram).
 */
export function selectPercentiles(
  samples: Float64Array,
  count: number,
  percentiles: readonly number[],
  target: Float64Array,
  offset: number,
): void {
  if (percentiles.length === 0) return;
  for (let i = 0; i < percentiles.length; i++) {
    const rank = percentiles[i] * count - 1;
    ranks[i] = rank <= 0 ? 0 : Math.min(rank + ROUNDER - ROUNDER, count - 1);
  }
  select(samples, 0, count, 0, 0, percentiles.length, target, offset, 0);
}

function upperKey(words: Int32Array, index: number): number {
  const word = words[2 * index + UPPER];
  // Order of the doubles as order of signed integers: the lower a negative one, the greater its other bits.
  return word ^ ((word >> 31) & 0x7fffffff);
}

/** Finds the ranks from `firstRank` to before `lastRank` among samples that follow `before` others in order. */
function select(
  samples: Float64Array,
  begin: number,
  end: number,
  before: number,
  firstRank: number,
  lastRank: number,
  target: Float64Array,
  offset: number,
  level: number,
): void {
  if (end - begin <= SORTED_DIRECTLY) {
    insertionSort(samples, begin, end);
    copyRanks(samples, begin, before, firstRank, lastRank, target, offset);
    return;
  }
  const words = new Int32Array(samples.buffer, samples.byteOffset, samples.length * 2);
  let least = upperKey(words, begin);
  let greatest = least;
  for (let i = begin + 1; i < end; i++) {
    const key = upperKey(words, i);
    if (key < least) least = key;
    if (key > greatest) greatest = key;
  }
  if (least === greatest) {
    if (!allEqual(samples, begin, end)) samples.subarray(begin, end).sort();
    copyRanks(samples, begin, before, firstRank, lastRank, target, offset);
    return;
  }
  const rangeBits = 32 - Math.clz32(greatest - least);
  const shift = rangeBits > DIGIT_BITS ? rangeBits - DIGIT_BITS : 0;

  counts.fill(0);
  for (let i = begin; i < end; i++) counts[(upperKey(words, i) - least) >>> shift]++;

  const begins: number[] = [];
  const ends: number[] = [];
  const bins: number[] = [];
  const befores: number[] = [];
  const rankEnds: number[] = [];
  let next = 0;
  let bin = 0;
  let passed = before;
  let rank = firstRank;
  while (rank < lastRank) {
    let inBin = counts[bin];
    while (passed + inBin <= ranks[rank]) {
      passed += inBin;
      inBin = counts[++bin];
    }
    begins.push(next);
    ends.push(next);
    bins.push(bin);
    befores.push(passed);
    do rank++;
    while (rank < lastRank && ranks[rank] < passed + inBin);
    rankEnds.push(rank);
    marks[bin] = begins.length;
    next += inBin;
  }

  const gathered = levels[level];
  for (let i = begin; i < end; i++) {
    const mark = marks[(upperKey(words, i) - least) >>> shift];
    if (mark !== 0) gathered[ends[mark - 1]++] = samples[i];
  }
  for (const marked of bins) marks[marked] = 0;
  for (let s = 0; s < begins.length; s++) {
    const ranksBegin = s === 0 ? firstRank : rankEnds[s - 1];
    select(gathered, begins[s], ends[s], befores[s], ranksBegin, rankEnds[s], target, offset, level + 1);
  }
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

function allEqual(samples: Float64Array, begin: number, end: number): boolean {
  const first = samples[begin];
  for (let i = begin + 1; i < end; i++) if (samples[i] !== first) return false;
  return true;
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
