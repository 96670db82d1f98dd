// Percentiles: the samples that would stand at given ranks if the kept samples were sorted, without sorting them.
//
// The doubles are turned into unsigned integers of the same order. A counting pass over the leading bits of their
// distance from the least one finds the bins that hold the wanted ranks; a second pass gathers the samples of those
// bins; each bin is then small enough for an insertion sort, or is treated the same way again. All ranks share the
// passes. (A most-significant-digit radix selection; the digit is chosen after the data's range, so that a few bits
// spread the samples whatever their magnitude.)
//
// Working space: counts, marks, then a stack of frames. A frame holds the segments of one level (descriptors, then their
// samples, at most as many as the level above had); a level uses up at least DIGIT_BITS of 64 bits.
//
//   segment + 0   u32  address of its first sample
//   segment + 4   u32  address after its last gathered sample
//   segment + 8   u32  its bin
//   segment + 12  u32  samples that stand before it in order
//   segment + 16  u32  first of its ranks
//   segment + 20  u32  after its last rank

import { RESERVOIR_CAPACITY } from './histogram';
import { PERCENTILE_CAPACITY, PERCENTILES, RANKS, SELECTION, SELECTION_BYTES } from './layout';

const DIGIT_BITS: u32 = 9;
const BINS: u32 = 1 << DIGIT_BITS;
const SORTED_DIRECTLY: u32 = 24;

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

const LEVELS: u32 = (64 + DIGIT_BITS - 1) / DIGIT_BITS;
if ((BINS << 2) + BINS + LEVELS * (8 * RESERVOIR_CAPACITY + SEGMENT_BYTES * PERCENTILE_CAPACITY) > SELECTION_BYTES) {
  ERROR('the frames of a selection do not fit into its working space');
}

const SIGN: u64 = 0x8000000000000000;

function keyOf(bits: u64): u64 {
  return bits ^ (<u64>(<i64>bits >> 63) | SIGN);
}

function valueOf(key: u64): f64 {
  return reinterpret<f64>(key ^ (<u64>(<i64>~key >> 63) | SIGN));
}

/**
 * Writes the first `percentileCount` percentiles of the `count` doubles at `samples` to `target`, and leaves the samples
 * changed. The sample at rank round(p * count - 1), halves to even, clamped, is the reference's choice (metrics.py, Histogram).
 */
export function selectPercentiles(samples: usize, count: u32, percentileCount: u32, target: usize): void {
  if (percentileCount == 0) return;
  for (let i: u32 = 0; i < percentileCount; i++) {
    const rank = nearest<f64>(load<f64>(PERCENTILES + (i << 3)) * <f64>count - 1);
    store<u32>(RANKS + (i << 2), <u32>min<f64>(max<f64>(rank, 0), <f64>(count - 1)));
  }
  const end = samples + (count << 3);
  for (let at = samples; at < end; at += 8) store<u64>(at, keyOf(load<u64>(at)));
  select(samples, end, 0, 0, percentileCount, target, FRAMES);
}

/** Finds the ranks from `firstRank` to before `lastRank` among the keys from `begin` to `end`, which follow `before` others in order. */
function select(begin: usize, end: usize, before: u32, firstRank: u32, lastRank: u32, target: usize, frame: usize): void {
  if (end - begin <= SORTED_DIRECTLY << 3) {
    sort(begin, end);
    for (let i = firstRank; i < lastRank; i++) {
      store<f64>(target + (i << 3), valueOf(load<u64>(begin + ((load<u32>(RANKS + (i << 2)) - before) << 3))));
    }
    return;
  }
  let least = load<u64>(begin);
  let greatest = least;
  for (let at = begin + 8; at < end; at += 8) {
    const key = load<u64>(at);
    least = key < least ? key : least;
    greatest = key > greatest ? key : greatest;
  }
  if (least == greatest) {
    const value = valueOf(least);
    for (let i = firstRank; i < lastRank; i++) store<f64>(target + (i << 3), value);
    return;
  }
  const rangeBits: u32 = 64 - <u32>clz<u64>(greatest - least);
  const shift = rangeBits > DIGIT_BITS ? <u64>(rangeBits - DIGIT_BITS) : 0;

  memory.fill(COUNTS, 0, BINS << 2);
  for (let at = begin; at < end; at += 8) {
    const counter = COUNTS + ((<u32>((load<u64>(at) - least) >> shift)) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }

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

  for (let at = begin; at < end; at += 8) {
    const key = load<u64>(at);
    const mark = <u32>load<u8>(MARKS + <u32>((key - least) >> shift));
    if (mark != 0) {
      const marked = frame + (mark - 1) * SEGMENT_BYTES;
      const free = load<u32>(marked, END);
      store<u64>(free, key);
      store<u32>(marked, free + 8, END);
    }
  }
  for (let at = frame; at < segment; at += SEGMENT_BYTES) store<u8>(MARKS + load<u32>(at, BIN), 0);
  for (let at = frame; at < segment; at += SEGMENT_BYTES) {
    select(
      load<u32>(at, BEGIN),
      load<u32>(at, END),
      load<u32>(at, BEFORE),
      load<u32>(at, FIRST_RANK),
      load<u32>(at, LAST_RANK),
      target,
      next,
    );
  }
}

function sort(begin: usize, end: usize): void {
  for (let at = begin + 8; at < end; at += 8) {
    const key = load<u64>(at);
    let hole = at;
    while (hole > begin && load<u64>(hole - 8) > key) {
      store<u64>(hole, load<u64>(hole - 8));
      hole -= 8;
    }
    store<u64>(hole, key);
  }
}
