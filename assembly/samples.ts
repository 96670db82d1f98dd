// Applies the samples in the buffer to their cells. The file of each kind says what a sample does to its cell.

import { addChange, findCell, headAddress, isUnchanged, isWritableIn, linkCell, newCell } from './cells';
import { addRunToCounter, initializeCounter } from './counter';
import { addToDistribution, initializeDistribution } from './distribution';
import { initializeGauge, setGauge } from './gauge';
import { addRunToHistogram, initializeHistogram } from './histogram';
import { COUNTER, DISTRIBUTION, GAUGE, KIND_BITS, KIND_MASK, SET, TIMING } from './kinds';
import { CODES, VALUES } from './layout';
import { memberHash } from './members';
import { pagesInUse, release } from './memory';
import { addToSet, initializeSet } from './set';
import { addRunToTiming, initializeTiming } from './timing';

/** With more pages than these in use, of 64 KiB each, cells are often not in the processor's caches. */
const MANY_PAGES: u32 = 256;

/** What {@link lookAhead} read. It is exported so that no compiler leaves the reads out. */
export let lookedAt: u32 = 0;

/**
 * Reads the first word of each sample's cell, only to bring the cells into the processor's caches before the samples are applied. The
 * processor can overlap these reads. It could not if each were followed by the work on its sample.
 */
function lookAhead(count: u32): void {
  let words: u32 = 0;
  for (let i: u32 = 0; i < count; i++) words ^= load<u32>(load<u32>(headAddress(load<u32>(CODES + (i << 2)) >> KIND_BITS)));
  lookedAt = words;
}

/**
 * Applies the first `count` samples in the buffer to the interval. Returns how many were dropped because memory was
 * exhausted. The code of a sample that found no cell becomes 0.
 */
export function applySamples(count: u32, interval: u32): u32 {
  if (pagesInUse > MANY_PAGES) lookAhead(count);
  let dropped: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const code = load<u32>(CODES + (i << 2));
    const value = VALUES + (i << 3);
    let cell = load<u32>(headAddress(code >> KIND_BITS));
    if (!isWritableIn(cell, interval)) {
      cell = openCell(code, interval);
      if (cell == 0) {
        store<u32>(CODES + (i << 2), 0);
        dropped++;
        continue;
      }
    }
    let applied = true;
    const kind = code & KIND_MASK;
    if (kind == GAUGE) setGauge(cell, load<f64>(value));
    else if (kind == SET) applied = addToSet(cell, memberHash(load<u32>(value), load<u32>(value, 4)));
    else if (kind == DISTRIBUTION) applied = addToDistribution(cell, load<f64>(value));
    else {
      // Loops record runs of samples of one counter, histogram or timing: a whole run is applied from registers.
      const run = runLength(code, i, count);
      if (kind == COUNTER) addRunToCounter(cell, value, run);
      else if (kind == TIMING) dropped += run - addRunToTiming(cell, value, run);
      else dropped += run - addRunToHistogram(cell, value, run);
      i += run - 1;
    }
    if (!applied) dropped++;
  }
  return dropped;
}

/** Returns how many samples in a row, beginning with the one at `first`, have the same code. */
function runLength(code: u32, first: u32, count: u32): u32 {
  let next = first + 1;
  const codes = i32x4.splat(code);
  while (next + 4 <= count && i32x4.all_true(i32x4.eq(v128.load(CODES + (next << 2)), codes))) next += 4;
  while (next < count && load<u32>(CODES + (next << 2)) == code) next++;
  return next - first;
}

/** Returns the context's cell in the interval, made if there was none and ready for a change, or 0 when memory is exhausted. */
function openCell(code: u32, interval: u32): u32 {
  const found = findCell(code >> KIND_BITS, interval);
  if (found != 0) return isUnchanged(found) && !addChange(found) ? 0 : found;
  const cell = newCell(code);
  if (cell == 0) return 0;
  const kind = code & KIND_MASK;
  let complete = true;
  if (kind == COUNTER) initializeCounter(cell);
  else if (kind == GAUGE) initializeGauge(cell);
  else if (kind == SET) complete = initializeSet(cell);
  else if (kind == DISTRIBUTION) complete = initializeDistribution(cell);
  else if (kind == TIMING) complete = initializeTiming(cell);
  else complete = initializeHistogram(cell);
  if (!complete) {
    release(cell);
    return 0;
  }
  linkCell(cell, interval);
  return cell;
}
