// The sample buffer's way into the cells.

import {
  COUNTER,
  DISTRIBUTION,
  findCell,
  GAUGE,
  headOf,
  isUnchanged,
  KIND_BITS,
  KIND_MASK,
  linkCell,
  mayChangeIn,
  newCell,
  noteChange,
  SET,
} from './cells';
import { addToDistribution, initializeDistribution } from './distribution';
import { addRunToHistogram, initializeHistogram } from './histogram';
import { CODES, MEMBERS, VALUES } from './layout';
import { release } from './memory';
import { hashBlocks, hashFinish, hashStart } from './murmur3';
import { addToSet, initializeSet } from './set';
import { addRunToSum, initializeSum, totalOf } from './sum';

/** What a counter (sum.ts) and a gauge hold. */
const VALUE: u32 = 16;

/** Flags of a member's length: the member is a number (the bytes of a double), or was hashed in parts before. */
const NUMBER: u32 = 0x80000000;
const HASHED: u32 = 0x40000000;
const LENGTH_MASK: u32 = 0x3fffffff;

let textSeed: u32 = 0;
let numberSeed: u32 = 0;
let partsHash: u64 = 0;

/** Two seeds, so that the number 1 and the text "1" are different members even where their bytes agree. */
export function seedHashes(seed: u32): void {
  textSeed = seed;
  numberSeed = ~seed;
}

/** Applies the first `count` samples of the buffer to the interval; gives how many were dropped for want of memory. */
export function applySamples(count: u32, interval: u32): u32 {
  let dropped: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u32>(CODES + (i << 2));
    const value = VALUES + (i << 3);
    let cell = load<u32>(headOf(code >> KIND_BITS));
    if (!mayChangeIn(cell, interval)) {
      cell = openCell(code, interval);
      if (cell == 0) {
        dropped++;
        continue;
      }
    }
    let applied = true;
    const kind = code & KIND_MASK;
    if (kind == GAUGE) store<f64>(cell, load<f64>(value), VALUE);
    else if (kind == SET) applied = addToSet(cell, memberHash(load<u32>(value), load<u32>(value, 4)));
    else if (kind == DISTRIBUTION) applied = addToDistribution(cell, load<f64>(value));
    else {
      // Counters, histograms and timings often come in a row, from loops; what a run needs stays in registers.
      const run = runLength(code, i, count);
      if (kind == COUNTER) addRunToSum(cell + VALUE, value, run);
      else dropped += run - addRunToHistogram(cell, value, run);
      i += run - 1;
    }
    if (!applied) dropped++;
  }
  return dropped;
}

/** How many samples from `first` on, itself included, have the same code. */
function runLength(code: u32, first: u32, count: u32): u32 {
  let next = first + 1;
  const codes = i32x4.splat(code);
  while (next + 4 <= count && i32x4.all_true(i32x4.eq(v128.load(CODES + (next << 2)), codes))) next += 4;
  while (next < count && load<u32>(CODES + (next << 2)) == code) next++;
  return next - first;
}

/** The context's cell in the interval, about to change, and made if need be; 0 when memory is exhausted. */
function openCell(code: u32, interval: u32): u32 {
  const found = findCell(code >> KIND_BITS, interval);
  if (found != 0) return isUnchanged(found) && !noteChange(found) ? 0 : found;
  const cell = newCell(code);
  if (cell == 0) return 0;
  const kind = code & KIND_MASK;
  let complete = true;
  if (kind == COUNTER || kind == GAUGE) initializeSum(cell + VALUE);
  else if (kind == SET) complete = initializeSet(cell);
  else if (kind == DISTRIBUTION) complete = initializeDistribution(cell);
  else complete = initializeHistogram(cell);
  if (!complete) {
    release(cell);
    return 0;
  }
  linkCell(cell, interval);
  return cell;
}

function memberHash(offsetUnits: u32, lengthAndFlags: u32): u64 {
  if (lengthAndFlags & HASHED) return partsHash;
  const bytes = lengthAndFlags & LENGTH_MASK;
  const address = MEMBERS + (offsetUnits << 1);
  hashStart(lengthAndFlags & NUMBER ? numberSeed : textSeed);
  const whole = bytes & ~15;
  hashBlocks(address, whole);
  return hashFinish(address + whole, bytes - whole);
}

/** Begins the hash of a member that is longer than the member buffer. */
export function startMember(): void {
  hashStart(textSeed);
}

/** Takes in the next part, which lies at the beginning of the member buffer; all parts but the last are whole 16-byte blocks. */
export function addMemberPart(bytes: u32, last: bool): void {
  const whole = bytes & ~15;
  hashBlocks(MEMBERS, whole);
  if (last) partsHash = hashFinish(MEMBERS + whole, bytes - whole);
}

export function counterTotal(cell: u32): f64 {
  return totalOf(cell + VALUE);
}

export function gaugeValue(cell: u32): f64 {
  return load<f64>(cell, VALUE);
}
