// Percentiles without sorting: the same selection as assembly/percentiles.ts, which explains it.

const BIN_BITS = 9;
const BINS = 1 << BIN_BITS;
const SORTED_DIRECTLY = 24;
const MAX_LEVEL = 6;
/** See assembly/percentiles.ts. */
const MANY = 8;
const PROBES = 16;
const MAX_ALIKE_PROBES = 10;

/** A reservoir's worth: see histogram.ts. */
const MAX_SAMPLES = 1000;
const MAX_PERCENTILES = 64;

/** Adding and subtracting it rounds a double from 0 to 2^51 to an integer, halves to even. */
const ROUNDER = 2 ** 52;

/** Index of a double's upper word among its two: 1 where numbers are stored little end first. */
const UPPER = new Uint8Array(Uint16Array.of(1).buffer)[0];
const double = new Float64Array(1);
const doubleWords = new Int32Array(double.buffer);
const NO_WORDS = new Int32Array(0);

const counts = new Int32Array(BINS);
const marks = new Uint8Array(BINS);
const ranks = new Int32Array(MAX_PERCENTILES);
const binsOfSamples = new Uint16Array(MAX_SAMPLES);

/** What a level works with: the samples of its segments, with room for one more, and where each segment ends. */
const levels = Array.from({ length: MAX_LEVEL }, () => ({
  samples: new Float64Array(MAX_SAMPLES + 1),
  begins: new Int32Array(MAX_PERCENTILES),
  ends: new Int32Array(MAX_PERCENTILES),
  bins: new Int32Array(MAX_PERCENTILES),
  befores: new Int32Array(MAX_PERCENTILES),
  rankEnds: new Int32Array(MAX_PERCENTILES),
}));

/**
 * Writes the percentiles (ascending, each from 0 to 1) of the first `count` doubles of `samples`, none of them below
 * `least` or above `greatest`, to `target` from `offset` on. The samples stay in their places. Each is the sample at rank
 * round(p * count - 1), halves to even, clamped (reference: metrics.py, Histogram).
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
  const answer = target.subarray(offset, offset + percentiles.length);
  let from = samples;
  if (count <= SORTED_DIRECTLY) {
    // They are sorted where no selection needs the room.
    from = levels[0].samples;
    for (let i = 0; i < count; i++) from[i] = samples[i];
  }
  select(from, 0, count, least, greatest, 0, 0, percentiles.length, answer, 0);
}

/**
 * Finds the ranks from `firstRank` to before `lastRank` among the samples from `begin` to `end`, which follow `before`
 * others in order.
 */
function select(
  samples: Float64Array,
  begin: number,
  end: number,
  least: number,
  greatest: number,
  before: number,
  firstRank: number,
  lastRank: number,
  target: Float64Array,
  level: number,
): void {
  if (least === greatest) {
    target.fill(least, firstRank, lastRank);
    return;
  }
  const count = end - begin;
  if (count <= SORTED_DIRECTLY) {
    insertionSort(samples, begin, end);
    return copyRanks(samples, begin, before, firstRank, lastRank, target);
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  const stride = Math.floor(count / PROBES);
  for (let i = 0; i < PROBES; i++) {
    const probe = samples[begin + i * stride];
    if (probe < low) low = probe;
    if (probe > high) high = probe;
  }
  const reach = 2 * (high - low);
  low = Math.max(least, low - reach);
  high = Math.min(greatest, high + reach);
  if (low === high) {
    low = least;
    high = greatest;
  }
  const scale = (BINS - 1) / (high - low);
  if (level === MAX_LEVEL) {
    samples.subarray(begin, end).sort();
    return copyRanks(samples, begin, before, firstRank, lastRank, target);
  }

  const leastKey = keyOf(least);
  const keyBits = 32 - Math.clz32(keyOf(greatest) - leastKey);
  const shift = keyBits > BIN_BITS ? keyBits - BIN_BITS : 0;
  // By keys they would be one bin if the upper halves of their bits agreed.
  const isByKey = (level > 0 || scale === 0 || areProbesAlike(samples, begin, stride, low, scale)) && keyBits > 0;
  const words = isByKey ? new Int32Array(samples.buffer, samples.byteOffset, samples.length * 2) : NO_WORDS;

  counts.fill(0);
  for (let i = begin; i < end; i++) {
    const bin = isByKey ? (keyAt(words, i) - leastKey) >>> shift : binOf(samples[i], low, scale);
    binsOfSamples[i - begin] = bin;
    counts[bin]++;
  }

  const { samples: gathered, begins, ends, bins, befores, rankEnds } = levels[level];
  let segments = 0;
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
    begins[segments] = next;
    ends[segments] = next;
    bins[segments] = bin;
    befores[segments] = passed;
    do rank++;
    while (rank < lastRank && ranks[rank] < passed + inBin);
    rankEnds[segments] = rank;
    segments++;
    marks[bin] = segments;
    next += inBin;
  }

  if (next > count / MANY && segments <= MANY) {
    for (let s = 0; s < segments; s++) {
      const wanted = bins[s];
      let free = begins[s];
      for (let i = 0; i < count; i++) {
        gathered[free] = samples[begin + i];
        // One further if the bins are equal, without a branch.
        free += ((binsOfSamples[i] ^ wanted) - 1) >>> 31;
      }
      ends[s] = free;
    }
  } else {
    for (let i = 0; i < count; i++) {
      const mark = marks[binsOfSamples[i]];
      if (mark !== 0) gathered[ends[mark - 1]++] = samples[begin + i];
    }
  }
  for (let s = 0; s < segments; s++) marks[bins[s]] = 0;
  for (let s = 0; s < segments; s++) {
    let segmentLeast = gathered[begins[s]];
    let segmentGreatest = segmentLeast;
    for (let i = begins[s] + 1; i < ends[s]; i++) {
      const sample = gathered[i];
      if (sample < segmentLeast) segmentLeast = sample;
      if (sample > segmentGreatest) segmentGreatest = sample;
    }
    const segmentFirst = s === 0 ? firstRank : rankEnds[s - 1];
    select(gathered, begins[s], ends[s], segmentLeast, segmentGreatest, befores[s], segmentFirst, rankEnds[s], target, level + 1);
  }
}

/** Whether bins of value would hardly tell the probes from each other. */
function areProbesAlike(samples: Float64Array, begin: number, stride: number, low: number, scale: number): boolean {
  let alike = 0;
  let last = -1;
  for (let i = 0; i < PROBES; i++) {
    const bin = binOf(samples[begin + i * stride], low, scale);
    if (bin === last) alike++;
    last = bin;
  }
  return alike > MAX_ALIKE_PROBES;
}

/** The upper half of the double's bits as a signed integer of the same order; the other engine takes all of them. */
function keyOf(sample: number): number {
  double[0] = sample;
  return keyAt(doubleWords, 0);
}

function keyAt(words: Int32Array, index: number): number {
  const word = words[2 * index + UPPER];
  return word ^ ((word >> 31) & 0x7fffffff);
}

function binOf(sample: number, low: number, scale: number): number {
  const bin = (sample - low) * scale;
  if (bin >= BINS) return BINS - 1;
  // Of two values, neither takes a branch. Not a number, as 0 times infinity is, is the first bin.
  return bin < 0 ? 0 : bin | 0;
}

function copyRanks(
  sorted: Float64Array,
  begin: number,
  before: number,
  firstRank: number,
  lastRank: number,
  target: Float64Array,
): void {
  for (let i = firstRank; i < lastRank; i++) target[i] = sorted[begin + ranks[i] - before];
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
