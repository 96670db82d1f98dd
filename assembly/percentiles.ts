// Selects percentiles: the samples at given ranks of the sorted kept samples, without sorting them all.
//
// One pass distributes the samples over bins of equal width, counts the samples of each bin, and chains each sample to the
// previous one of its bin. Only the bins that hold a wanted rank are looked at further: they are small enough for an
// insertion sort, or go through the same procedure once more. All ranks share the pass. (Distribution counting: Knuth,
// vol. 3, 5.2, with the chains of its list sorting.)
//
// The bins cover the range where most samples are, which a few probes show, so that one sample of 1e300 does not leave all
// others in one bin. Samples outside that range belong to the first or last bin. Rounding cannot change their order, because
// subtraction and multiplication by a positive number are monotonic.
//
// Bins of equal width are useless where they would leave nearly all samples in one bin, as for samples of many magnitudes,
// and where the range overflows. There, and from the second level on, the bins divide the doubles' bits equally, which grow
// with the logarithm. A bin that is still not small after MAX_LEVEL levels is sorted.
//
// The working space holds the chains, then a stack of frames, one for each level, then for each sample of the current level
// the previous sample of its bin. A frame holds the descriptors of its segments, then their samples, which are at most as
// many as those of the level above. A segment is a bin that holds wanted ranks:
//
//   segment + 0   u32  address of its first sample
//   segment + 4   u32  address after its last sample
//   segment + 8   u32  number of samples that precede it in sorted order
//   segment + 12  u32  index of its first rank
//   segment + 16  u32  index after its last rank

import { PERCENTILE_CAPACITY, PERCENTILES, RANKS, RESERVOIR_CAPACITY, SELECTION, SELECTION_BYTES } from './layout';

/** The number of bins is the least power of two above the number of samples, but at most 2^MAX_BIN_BITS. */
const MAX_BIN_BITS: u32 = 9;
const MAX_BINS: u32 = 1 << MAX_BIN_BITS;
/** Up to this many samples are sorted instead of distributed over bins. */
const SORTED_DIRECTLY: u32 = 24;
const MAX_LEVEL: u32 = 6;
/** Number of samples that are looked at to find where most samples are. */
const PROBES: u32 = 16;
/** With more probes than this in the bin of the probe before, bins of equal width are useless. */
const MAX_ALIKE_PROBES: u32 = 10;

/** For each bin a u32: its number of samples in the upper half, and one more than the index of its last sample in the lower. */
const CHAINS: usize = SELECTION;
const COUNT_SHIFT: u32 = 16;
const LAST_MASK: u32 = 0xffff;
const FRAMES: usize = CHAINS + (MAX_BINS << 2);

const SEGMENT_BYTES: u32 = 20;
const BEGIN: u32 = 0;
const END: u32 = 4;
const BEFORE: u32 = 8;
const FIRST_RANK: u32 = 12;
const LAST_RANK: u32 = 16;

const FRAME_BYTES: u32 = 8 * RESERVOIR_CAPACITY + SEGMENT_BYTES * PERCENTILE_CAPACITY;
/** For each sample a u16: one more than the index of the previous sample of its bin, 0 if there is none. */
const PREVIOUS: usize = FRAMES + MAX_LEVEL * FRAME_BYTES;
if (PREVIOUS + 2 * RESERVOIR_CAPACITY > SELECTION + SELECTION_BYTES) {
  ERROR('the frames of a selection do not fit into its working space');
}

/**
 * Writes the first `percentileCount` percentiles of the `count` doubles at `samples` to `target`. No sample may be below `least`
 * or above `greatest`. The samples stay as they are. A percentile p is the sample at rank round(p * count - 1), with halves
 * rounded to even, clamped to the samples; this is the reference's choice (metrics.py, Histogram).
 */
export function selectPercentiles(
  samples: usize,
  count: u32,
  least: f64,
  greatest: f64,
  percentileCount: u32,
  target: usize,
): void {
  if (percentileCount == 0) return;
  for (let i: u32 = 0; i < percentileCount; i++) {
    const rank = nearest<f64>(load<f64>(PERCENTILES + (i << 3)) * <f64>count - 1);
    store<u32>(RANKS + (i << 2), <u32>min<f64>(max<f64>(rank, 0), <f64>(count - 1)));
  }
  let begin = samples;
  if (count <= SORTED_DIRECTLY) {
    // A copy is sorted, in the space of a frame that no selection needs now.
    begin = FRAMES;
    memory.copy(begin, samples, count << 3);
  }
  selectRanks(begin, begin + (count << 3), least, greatest, 0, 0, percentileCount, target, 0);
}

/**
 * Finds the samples of the ranks from `firstRank` to before `lastRank` among those from `begin` to `end`, which `before` other
 * samples precede in sorted order.
 */
function selectRanks(
  begin: usize,
  end: usize,
  least: f64,
  greatest: f64,
  before: u32,
  firstRank: u32,
  lastRank: u32,
  target: usize,
  level: u32,
): void {
  if (least == greatest) {
    for (let i = firstRank; i < lastRank; i++) store<f64>(target + (i << 3), least);
    return;
  }
  const count = <u32>(end - begin) >> 3;
  if (count <= SORTED_DIRECTLY || level == MAX_LEVEL) return sortRanks(begin, end, before, firstRank, lastRank, target);
  // Find the second least and second greatest probe, so that one of them may be an outlier. The second lane holds the probes
  // negated.
  let first = f64x2.splat(Infinity);
  let second = first;
  const stride = (count / PROBES) << 3;
  for (let i: u32 = 0; i < PROBES; i++) {
    const probe = v128.xor(v128.load_splat<f64>(begin + i * stride), f64x2(0, -0.0));
    second = f64x2.pmin(second, f64x2.pmax(first, probe));
    first = f64x2.pmin(first, probe);
  }
  const secondLeast = f64x2.extract_lane(second, 0);
  const secondGreatest = -f64x2.extract_lane(second, 1);
  // The extremes of a uniform distribution lie well within this reach; an outlier does not.
  const reach = 2 * (secondGreatest - secondLeast);
  let low = max<f64>(least, secondLeast - reach);
  let high = min<f64>(greatest, secondGreatest + reach);
  if (low == high) {
    low = least;
    high = greatest;
  }
  const binBits = min<u32>(32 - clz<u32>(count), MAX_BIN_BITS);
  const lastBin = (1 << binBits) - 1;
  const scale = <f64>lastBin / (high - low);

  memory.fill(CHAINS, 0, 4 << binBits);
  // The scale is 0 when the range overflows.
  if (level > 0 || scale == 0 || areProbesAlike(begin, stride, low, scale, lastBin))
    chainByKey(begin, end, least, greatest, binBits);
  else chainByValue(begin, end, low, scale, lastBin);

  const frame = FRAMES + level * FRAME_BYTES;
  let segment = frame;
  let free = frame + (lastRank - firstRank) * SEGMENT_BYTES;
  free = (free + 7) & ~7;
  let bin = CHAINS + (4 << binBits);
  // Samples that precede those of the bin.
  let below = before + count;
  let rank = lastRank;
  // From the top, because most percentiles are there.
  while (rank > firstRank) {
    const wanted = load<u32>(RANKS + ((rank - 1) << 2));
    // Skip four bins at a time. This may read words before the first bin, where anything may lie, but it does not matter: the
    // wanted sample is in one of the bins behind them.
    for (let sum = samplesOfFour(bin - 16); below > wanted + sum; sum = samplesOfFour(bin - 16)) {
      below -= sum;
      bin -= 16;
    }
    while (below > wanted) {
      bin -= 4;
      below -= load<u32>(bin) >> COUNT_SHIFT;
    }
    store<u32>(segment, <u32>free, BEGIN);
    store<u32>(segment, below, BEFORE);
    store<u32>(segment, rank, LAST_RANK);
    do rank--;
    while (rank > firstRank && load<u32>(RANKS + ((rank - 1) << 2)) >= below);
    store<u32>(segment, rank, FIRST_RANK);
    for (let i = load<u32>(bin) & LAST_MASK; i != 0; i = load<u16>(PREVIOUS + ((i - 1) << 1))) {
      store<f64>(free, load<f64>(begin + ((i - 1) << 3)));
      free += 8;
    }
    store<u32>(segment, <u32>free, END);
    segment += SEGMENT_BYTES;
  }

  for (let at = frame; at < segment; at += SEGMENT_BYTES) {
    selectSegment(at, target, level + 1);
  }
}

function selectSegment(segment: usize, target: usize, level: u32): void {
  const begin = load<u32>(segment, BEGIN);
  const end = load<u32>(segment, END);
  const before = load<u32>(segment, BEFORE);
  const firstRank = load<u32>(segment, FIRST_RANK);
  const lastRank = load<u32>(segment, LAST_RANK);
  // Most segments are small, and are sorted without knowing their least and greatest sample.
  if (end - begin <= SORTED_DIRECTLY << 3) return sortRanks(begin, end, before, firstRank, lastRank, target);
  let least = load<f64>(begin);
  let greatest = least;
  for (let at = begin + 8; at < end; at += 8) {
    least = min<f64>(least, load<f64>(at));
    greatest = max<f64>(greatest, load<f64>(at));
  }
  selectRanks(begin, end, least, greatest, before, firstRank, lastRank, target, level);
}

/**
 * Returns the bin of a sample. Samples below `low` belong to the first bin, and those from the upper bound on to the last. NaN,
 * which 0 times infinity yields, becomes the first bin.
 */
function binOf(sample: f64, low: f64, scale: f64, lastBin: u32): u32 {
  return min<u32>(<u32>((sample - low) * scale), lastBin);
}

/** Converts the bits of a double to an unsigned integer that sorts in the same order. */
function keyOf(bits: u64): u64 {
  return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
}

/** Whether bins of equal width would hardly separate the probes. */
function areProbesAlike(begin: usize, stride: usize, low: f64, scale: f64, lastBin: u32): bool {
  let alike: u32 = 0;
  let last: u32 = MAX_BINS;
  for (let i: usize = 0; i < PROBES; i++) {
    const bin = binOf(load<f64>(begin + i * stride), low, scale, lastBin);
    if (bin == last) alike++;
    last = bin;
  }
  return alike > MAX_ALIKE_PROBES;
}

/** Returns the number of samples in a bin and the three after it. */
function samplesOfFour(bin: usize): u32 {
  const counts = i32x4.shr_u(v128.load(bin), COUNT_SHIFT);
  const pairs = i64x2.add(counts, i64x2.shr_u(counts, 32));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 2);
}

/** Distributes the samples over bins of equally many bit patterns. */
function chainByKey(begin: usize, end: usize, least: f64, greatest: f64, binBits: u32): void {
  const leastKey = keyOf(reinterpret<u64>(least));
  const keyBits: u32 = 64 - <u32>clz<u64>(keyOf(reinterpret<u64>(greatest)) - leastKey);
  const shift: u64 = keyBits > binBits ? <u64>(keyBits - binBits) : 0;
  let index: u32 = 1;
  for (let at = begin; at < end; at += 8, index++) chain(<u32>((keyOf(load<u64>(at)) - leastKey) >> shift), index);
}

/** Distributes the samples over bins of equal width, two at a time. */
function chainByValue(begin: usize, end: usize, low: f64, scale: f64, lastBin: u32): void {
  const lows = f64x2.splat(low);
  const scales = f64x2.splat(scale);
  const lastBins = i32x4.splat(lastBin);
  const pairsEnd = begin + ((end - begin) & ~15);
  let index: u32 = 1;
  for (let at = begin; at < pairsEnd; at += 16, index += 2) {
    const bins = binsOf(v128.load(at), lows, scales, lastBins);
    chain(i32x4.extract_lane(bins, 0), index);
    chain(i32x4.extract_lane(bins, 1), index + 1);
  }
  if (pairsEnd < end) chain(binOf(load<f64>(pairsEnd), low, scale, lastBin), index);
}

/** Returns the bins of two samples in the first two lanes. Two at a time make a selection a fifth faster. */
function binsOf(samples: v128, lows: v128, scales: v128, lastBins: v128): v128 {
  const bins = i32x4.trunc_sat_f64x2_u_zero(f64x2.mul(f64x2.sub(samples, lows), scales));
  return i32x4.min_u(bins, lastBins);
}

/** Adds a sample to the chain of its bin. `index` is one more than the index of the sample. */
function chain(bin: u32, index: u32): void {
  const address = CHAINS + (bin << 2);
  const last = load<u32>(address);
  store<u16>(PREVIOUS - 2 + (index << 1), last);
  store<u32>(address, (last & ~LAST_MASK) + (1 << COUNT_SHIFT) + index);
}

/** Sorts the samples and writes those of the given ranks to `target`. */
function sortRanks(begin: usize, end: usize, before: u32, firstRank: u32, lastRank: u32, target: usize): void {
  sort(begin, end);
  for (let i = firstRank; i < lastRank; i++) {
    store<f64>(target + (i << 3), load<f64>(begin + ((load<u32>(RANKS + (i << 2)) - before) << 3)));
  }
}

function sort(begin: usize, end: usize): void {
  for (let at = begin + 8; at < end; at += 8) {
    const sample = load<f64>(at);
    let hole = at;
    while (hole > begin && load<f64>(hole - 8) > sample) {
      store<f64>(hole, load<f64>(hole - 8));
      hole -= 8;
    }
    store<f64>(hole, sample);
  }
}
