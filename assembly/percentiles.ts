// Percentiles: the samples that would stand at given ranks if the kept samples were sorted, without sorting them.
//
// A counting pass over bins of equal width finds the bins that hold the wanted ranks, a second pass gathers the samples
// of those bins, and each bin is then small enough for an insertion sort, or is treated the same way again. All ranks
// share the passes. (Distribution counting, Knuth, vol. 3, 5.2, of which only the bins wanted are looked into.)
//
// The bins lie over where most samples are, judged by a few of them, so that one sample of 1e300 does not leave all
// others in one bin; what lies outside counts for the first or last bin. Rounding cannot change an order: subtracting
// and multiplying by a positive number are monotonic. Where bins of equal width would hold nearly all in one, as of samples
// of many magnitudes, where the range overflows, and from the second level on, bins are equal in the doubles' bits instead, which
// grow with the logarithm. What is not small after MAX_LEVEL levels is sorted.
//
// Working space: counts, marks, then a stack of frames. A frame holds the segments of one level: their descriptors, then
// their samples, at most as many as the level above had. At the end the bin of each sample of the level at hand.
//
//   segment + 0   u32  address of its first sample
//   segment + 4   u32  address after its last gathered sample
//   segment + 8   u32  its bin
//   segment + 12  u32  samples that stand before it in order
//   segment + 16  u32  first of its ranks
//   segment + 20  u32  after its last rank

import { RESERVOIR_CAPACITY } from './histogram';
import { PERCENTILE_CAPACITY, PERCENTILES, RANKS, SELECTION, SELECTION_BYTES } from './layout';

const BIN_BITS: u32 = 9;
const BINS: u32 = 1 << BIN_BITS;
const SORTED_DIRECTLY: u32 = 24;
const MAX_LEVEL: u32 = 6;
/** Where more than one sample in so many is gathered, no processor can guess which are next. */
const MANY: usize = 8;
/** Samples that tell where most are. */
const PROBES: u32 = 16;
const MAX_ALIKE_PROBES: u32 = 10;

const COUNTS: usize = SELECTION;
const MARKS: usize = COUNTS + (BINS << 2);
const FRAMES: usize = MARKS + BINS;

const SEGMENT_BYTES: u32 = 24;
const BEGIN: u32 = 0;
const END: u32 = 4;
const BIN: u32 = 8;
const BEFORE: u32 = 12;
const FIRST_RANK: u32 = 16;
const LAST_RANK: u32 = 20;

const FRAME_BYTES: u32 = 8 * RESERVOIR_CAPACITY + SEGMENT_BYTES * PERCENTILE_CAPACITY;
/** u16 a sample: its bin on the level at hand. */
const BINS_OF: usize = FRAMES + MAX_LEVEL * FRAME_BYTES;
if (BINS_OF + 2 * RESERVOIR_CAPACITY > SELECTION + SELECTION_BYTES) {
  ERROR('the frames of a selection do not fit into its working space');
}

/**
 * Writes the first `percentileCount` percentiles of the `count` doubles at `samples`, none of them below `least` or above
 * `greatest`, to `target`. The samples stay in their places. The sample at rank round(p * count - 1), halves to even,
 * clamped, is the reference's choice (metrics.py, Histogram).
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
    // They are sorted where no selection needs the room.
    begin = FRAMES;
    memory.copy(begin, samples, count << 3);
  }
  selectRanks(begin, begin + (count << 3), least, greatest, 0, 0, percentileCount, target, 0);
}

/**
 * Finds the ranks from `firstRank` to before `lastRank` among the samples from `begin` to `end`, which follow `before`
 * others in order.
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
  if (count <= SORTED_DIRECTLY) return sortRanks(begin, end, before, firstRank, lastRank, target);
  let low = Infinity;
  let high = -Infinity;
  const stride = (count / PROBES) << 3;
  for (let i: u32 = 0; i < PROBES; i++) {
    const probe = load<f64>(begin + i * stride);
    low = min<f64>(low, probe);
    high = max<f64>(high, probe);
  }
  // A uniform distribution's extremes are well within this reach; an outlier's are not.
  const reach = 2 * (high - low);
  low = max<f64>(least, low - reach);
  high = min<f64>(greatest, high + reach);
  if (low == high) {
    low = least;
    high = greatest;
  }
  const scale = <f64>(BINS - 1) / (high - low);
  if (level == MAX_LEVEL) return sortRanks(begin, end, before, firstRank, lastRank, target);

  memory.fill(COUNTS, 0, BINS << 2);
  // A range that overflows has the scale 0.
  if (level > 0 || scale == 0 || areProbesAlike(begin, stride, low, scale)) countByKey(begin, end, least, greatest);
  else countByValue(begin, end, low, scale);

  const frame = FRAMES + level * FRAME_BYTES;
  let segment = frame;
  let next = frame + (lastRank - firstRank) * SEGMENT_BYTES;
  next = (next + 7) & ~7;
  let bin: u32 = 0;
  let passed = before;
  let rank = firstRank;
  while (rank < lastRank) {
    let count = load<u32>(COUNTS + (bin << 2));
    while (passed + count <= load<u32>(RANKS + (rank << 2))) {
      passed += count;
      bin++;
      count = load<u32>(COUNTS + (bin << 2));
    }
    store<u32>(segment, <u32>next, BEGIN);
    store<u32>(segment, <u32>next, END);
    store<u32>(segment, bin, BIN);
    store<u32>(segment, passed, BEFORE);
    store<u32>(segment, rank, FIRST_RANK);
    do rank++;
    while (rank < lastRank && load<u32>(RANKS + (rank << 2)) < passed + count);
    store<u32>(segment, rank, LAST_RANK);
    store<u8>(MARKS + bin, <u8>((segment - frame) / SEGMENT_BYTES + 1));
    segment += SEGMENT_BYTES;
    next += count << 3;
  }

  const segments = (segment - frame) / SEGMENT_BYTES;
  if (next - load<u32>(frame, BEGIN) > (end - begin) / MANY && segments <= MANY) {
    for (let at = frame; at < segment; at += SEGMENT_BYTES) gatherBin(begin, end, at);
  } else {
    let binOf = BINS_OF;
    for (let at = begin; at < end; at += 8, binOf += 2) {
      const mark = load<u8>(MARKS + load<u16>(binOf));
      if (mark != 0) gather(frame, mark, load<f64>(at));
    }
  }
  for (let at = frame; at < segment; at += SEGMENT_BYTES) store<u8>(MARKS + load<u32>(at, BIN), 0);
  for (let at = frame; at < segment; at += SEGMENT_BYTES) {
    selectSegment(at, target, level + 1);
  }
}

function selectSegment(segment: usize, target: usize, level: u32): void {
  const begin = load<u32>(segment, BEGIN);
  const end = load<u32>(segment, END);
  let least = load<f64>(begin);
  let greatest = least;
  for (let at = begin + 8; at < end; at += 8) {
    least = min<f64>(least, load<f64>(at));
    greatest = max<f64>(greatest, load<f64>(at));
  }
  const firstRank = load<u32>(segment, FIRST_RANK);
  selectRanks(begin, end, least, greatest, load<u32>(segment, BEFORE), firstRank, load<u32>(segment, LAST_RANK), target, level);
}

/** Everything below `low` belongs to the first bin, all from the upper bound on to the last. Not a number, as 0 times infinity is, is the first. */
function binOf(sample: f64, low: f64, scale: f64): u32 {
  return min<u32>(<u32>((sample - low) * scale), BINS - 1);
}

/** The double as an unsigned integer of the same order. */
function keyOf(bits: u64): u64 {
  return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
}

/** Whether bins of value would hardly tell the probes from each other. */
function areProbesAlike(begin: usize, stride: usize, low: f64, scale: f64): bool {
  let alike: u32 = 0;
  let last: u32 = BINS;
  for (let i: usize = 0; i < PROBES; i++) {
    const bin = binOf(load<f64>(begin + i * stride), low, scale);
    if (bin == last) alike++;
    last = bin;
  }
  return alike > MAX_ALIKE_PROBES;
}

function countByKey(begin: usize, end: usize, least: f64, greatest: f64): void {
  const leastKey = keyOf(reinterpret<u64>(least));
  const keyBits: u32 = 64 - <u32>clz<u64>(keyOf(reinterpret<u64>(greatest)) - leastKey);
  const shift: u64 = keyBits > BIN_BITS ? <u64>(keyBits - BIN_BITS) : 0;
  let target = BINS_OF;
  for (let at = begin; at < end; at += 8, target += 2) {
    const bin = <u32>((keyOf(load<u64>(at)) - leastKey) >> shift);
    store<u16>(target, bin);
    countBin(bin);
  }
}

/** Two at a time, and the one that may be left. */
function countByValue(begin: usize, end: usize, low: f64, scale: f64): void {
  const lows = f64x2.splat(low);
  const scales = f64x2.splat(scale);
  const pairsEnd = begin + ((end - begin) & ~15);
  let target = BINS_OF;
  for (let at = begin; at < pairsEnd; at += 16, target += 4) {
    const bins = binsOf(v128.load(at), lows, scales);
    const first = i32x4.extract_lane(bins, 0);
    const second = i32x4.extract_lane(bins, 1);
    store<u16>(target, first);
    store<u16>(target, second, 2);
    countBin(first);
    countBin(second);
  }
  if (pairsEnd < end) {
    const bin = binOf(load<f64>(pairsEnd), low, scale);
    store<u16>(target, bin);
    countBin(bin);
  }
}

/** The bins of two samples, in the first two lanes; two at a time because that takes a fifth off a selection. */
function binsOf(samples: v128, lows: v128, scales: v128): v128 {
  const bins = i32x4.trunc_sat_f64x2_u_zero(f64x2.mul(f64x2.sub(samples, lows), scales));
  return i32x4.min_u(bins, i32x4.splat(BINS - 1));
}

function countBin(bin: u32): void {
  const counter = COUNTS + (bin << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}

/** Adds a sample to the segment with the mark. */
function gather(frame: usize, mark: u32, sample: f64): void {
  const segment = frame + (mark - 1) * SEGMENT_BYTES;
  const free = load<u32>(segment, END);
  store<f64>(free, sample);
  store<u32>(segment, free + 8, END);
}

/** Gathers the samples of a segment whose bin many are in: which, no processor can guess, and so without a branch. */
function gatherBin(begin: usize, end: usize, segment: usize): void {
  const bin = load<u32>(segment, BIN);
  let free = <usize>load<u32>(segment, BEGIN);
  let binOf = BINS_OF;
  for (let at = begin; at < end; at += 8, binOf += 2) {
    store<f64>(free, load<f64>(at));
    free += usize(load<u16>(binOf) == bin) << 3;
  }
  store<u32>(segment, <u32>free, END);
}

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
