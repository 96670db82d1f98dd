// Percentiles: the samples that would stand at given ranks if the kept samples were sorted, without sorting them.
//
// One pass counts the samples of bins of equal width and chains each to the one before it in its bin. The bins that hold
// the wanted ranks are then small enough for an insertion sort, or are treated the same way again; no others are looked
// into. All ranks share the pass. (Distribution counting, Knuth, vol. 3, 5.2, with the chains of its list sorting.)
//
// The bins lie over where most samples are, judged by a few of them, so that one sample of 1e300 does not leave all
// others in one bin; what lies outside counts for the first or last bin. Rounding cannot change an order: subtracting
// and multiplying by a positive number are monotonic. Where bins of equal width would hold nearly all in one, as of
// samples of many magnitudes, where the range overflows, and from the second level on, bins are equal in the doubles'
// bits instead, which grow with the logarithm. What is not small after MAX_LEVEL levels is sorted.
//
// Working space: chains, then a stack of frames. A frame holds the segments of one level: their descriptors, then their
// samples, at most as many as the level above had. At the end, for each sample of the level at hand, the one before it in
// its bin.
//
//   segment + 0   u32  address of its first sample
//   segment + 4   u32  address after its last gathered sample
//   segment + 8   u32  samples that stand before it in order
//   segment + 12  u32  first of its ranks
//   segment + 16  u32  after its last rank

import { RESERVOIR_CAPACITY } from './histogram';
import { PERCENTILE_CAPACITY, PERCENTILES, RANKS, SELECTION, SELECTION_BYTES } from './layout';

/** Of bins there is the least power of two above the number of samples, but no more than 2^MAX_BIN_BITS. */
const MAX_BIN_BITS: u32 = 9;
const MAX_BINS: u32 = 1 << MAX_BIN_BITS;
const SORTED_DIRECTLY: u32 = 24;
const MAX_LEVEL: u32 = 6;
/** Samples that tell where most are. */
const PROBES: u32 = 16;
const MAX_ALIKE_PROBES: u32 = 10;

/** u32 a bin: how many samples it has, in the upper half, and one more than the index of the last of them. */
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
/** u16 a sample: one more than the index of the one before it in its bin, 0 if there is none. */
const PREVIOUS: usize = FRAMES + MAX_LEVEL * FRAME_BYTES;
if (PREVIOUS + 2 * RESERVOIR_CAPACITY > SELECTION + SELECTION_BYTES) {
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
  if (count <= SORTED_DIRECTLY || level == MAX_LEVEL) return sortRanks(begin, end, before, firstRank, lastRank, target);
  // The second least and second greatest of the probes, so that one of them may be an outlier; the second lane has them negated.
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
  // A uniform distribution's extremes are well within this reach; an outlier's are not.
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
  // A range that overflows has the scale 0.
  if (level > 0 || scale == 0 || areProbesAlike(begin, stride, low, scale, lastBin))
    chainByKey(begin, end, least, greatest, binBits);
  else chainByValue(begin, end, low, scale, lastBin);

  const frame = FRAMES + level * FRAME_BYTES;
  let segment = frame;
  let free = frame + (lastRank - firstRank) * SEGMENT_BYTES;
  free = (free + 7) & ~7;
  let bin = CHAINS;
  let passed = before;
  let rank = firstRank;
  while (rank < lastRank) {
    const wanted = load<u32>(RANKS + (rank << 2));
    // Four bins at a time. Past the last one there may be anything: the wanted sample is in one before it.
    for (let sum = samplesOfFour(bin); passed + sum <= wanted; sum = samplesOfFour(bin)) {
      passed += sum;
      bin += 16;
    }
    let chain = load<u32>(bin);
    while (passed + (chain >> COUNT_SHIFT) <= wanted) {
      passed += chain >> COUNT_SHIFT;
      bin += 4;
      chain = load<u32>(bin);
    }
    store<u32>(segment, <u32>free, BEGIN);
    store<u32>(segment, passed, BEFORE);
    store<u32>(segment, rank, FIRST_RANK);
    do rank++;
    while (rank < lastRank && load<u32>(RANKS + (rank << 2)) < passed + (chain >> COUNT_SHIFT));
    store<u32>(segment, rank, LAST_RANK);
    for (let i = chain & LAST_MASK; i != 0; i = load<u16>(PREVIOUS + ((i - 1) << 1))) {
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
  // Most are small, and need no bounds.
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
 * Everything below `low` belongs to the first bin, all from the upper bound on to the last. Not a number, as 0 times
 * infinity is, is the first.
 */
function binOf(sample: f64, low: f64, scale: f64, lastBin: u32): u32 {
  return min<u32>(<u32>((sample - low) * scale), lastBin);
}

/** The double as an unsigned integer of the same order. */
function keyOf(bits: u64): u64 {
  return bits ^ (<u64>(<i64>bits >> 63) | 0x8000000000000000);
}

/** Whether bins of value would hardly tell the probes from each other. */
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

/** How many samples a bin and the three after it have. */
function samplesOfFour(bin: usize): u32 {
  const counts = i32x4.shr_u(v128.load(bin), COUNT_SHIFT);
  const pairs = i64x2.add(counts, i64x2.shr_u(counts, 32));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 2);
}

function chainByKey(begin: usize, end: usize, least: f64, greatest: f64, binBits: u32): void {
  const leastKey = keyOf(reinterpret<u64>(least));
  const keyBits: u32 = 64 - <u32>clz<u64>(keyOf(reinterpret<u64>(greatest)) - leastKey);
  const shift: u64 = keyBits > binBits ? <u64>(keyBits - binBits) : 0;
  let index: u32 = 1;
  for (let at = begin; at < end; at += 8, index++) chain(<u32>((keyOf(load<u64>(at)) - leastKey) >> shift), index);
}

/** Two at a time, and the one that may be left. */
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

/** The bins of two samples, in the first two lanes; two at a time because that takes a fifth off a selection. */
function binsOf(samples: v128, lows: v128, scales: v128, lastBins: v128): v128 {
  const bins = i32x4.trunc_sat_f64x2_u_zero(f64x2.mul(f64x2.sub(samples, lows), scales));
  return i32x4.min_u(bins, lastBins);
}

/** Adds a sample, by one more than its index, to the chain of its bin. */
function chain(bin: u32, index: u32): void {
  const address = CHAINS + (bin << 2);
  const last = load<u32>(address);
  store<u16>(PREVIOUS - 2 + (index << 1), last);
  store<u32>(address, (last & ~LAST_MASK) + (1 << COUNT_SHIFT) + index);
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
