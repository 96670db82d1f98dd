// Intervals and their cells.
//
// A cell holds what was recorded for one context in one interval, so a context has at most one cell in each open interval.
// A cell belongs to two lists: the ring of its context and the list of its interval.
//
// The cells of a context form a ring from the oldest interval to the latest, and the latest cell is followed by the oldest.
// The context's head word holds the latest cell. A cell of a new latest or new oldest interval is therefore linked without
// a walk, and the oldest cell is removed without a walk. If the intervals of samples ascend or descend, recording and flushing
// them take time in proportion to the number of intervals. The ring is walked only for an interval in between: from the cell
// where the last walk ended if that cell is older, else from the oldest.
//
// The list of an interval has its cells in the order of their first samples. In an interval that is kept for late samples,
// cells that were reported come first, and a change record is made for each of them that changes afterwards.
//
//   interval + 0   f64  start in POSIX seconds
//   interval + 8   f64  the same start again, for cells that are marked as unchanged
//   interval + 16  u32  first cell, 0 if there is none
//   interval + 20  u32  last cell, 0 if there is none
//   interval + 24  u32  last cell that was reported, 0 if there is none
//   interval + 28  u32  latest change record, 0 if there is none
//
//   change + 0  u32  cell
//   change + 4  u32  the previous change record of the interval, 0 if there is none
//
//   cell + 0   u32  interval; plus 8 while the cell is unchanged since it was reported
//   cell + 4   u32  the context's next younger cell; for the latest cell the oldest
//   cell + 8   u32  the interval's next cell, 0 if there is none
//   cell + 12  u32  code: context id and kind
//   cell + 16       defined by the kind: see counter.ts, gauge.ts, set.ts, histogram.ts, timing.ts, distribution.ts
//
// The cells of an interval that a flush has taken out stay in the rings of their contexts until the snapshot has read them.
// That is safe because no sample can reach them: a sample looks for its interval by address, and the address of the taken
// interval is not reused before its last cell is gone. If the interval is opened again meanwhile, the new cell of a
// context follows the one that was taken.

import { HISTOGRAM, KIND_BITS, KIND_MASK, TIMING } from './kinds';
import { allocate, LARGE, release, SMALL } from './memory';

const START: u32 = 0;
const START_AGAIN: u32 = 8;
const FIRST: u32 = 16;
const LAST: u32 = 20;
const REPORTED: u32 = 24;
const CHANGE: u32 = 28;

const CHANGED_CELL: u32 = 0;
const PREVIOUS_CHANGE: u32 = 4;

/** Added to the interval of an unchanged cell. Intervals lie at multiples of 32, so the bit is free. */
const UNCHANGED: u32 = START_AGAIN;

const INTERVAL: u32 = 0;
const YOUNGER: u32 = 4;
const NEXT: u32 = 8;
const CODE: u32 = 12;

/** Head words, one for each context id: its latest cell, 0 if it has none. */
let heads: usize = 0;

/** The cell where the last walk ended, 0 if there is none: the next walk can often go on from there. */
let lastWalkEnd: u32 = 0;

/** The kept interval that is being read, 0 if there is none. */
let reportedInterval: u32 = 0;
/** Latest change record of that interval that was made before the read began and has not been reported. */
let dueChange: u32 = 0;

export function initialize(headsAddress: usize): void {
  heads = headsAddress;
}

/** Returns an empty interval, or 0 when memory is exhausted. */
export function openInterval(startSeconds: f64): u32 {
  const interval = allocate(SMALL);
  if (interval == 0) return 0;
  store<f64>(interval, startSeconds, START);
  store<f64>(interval, startSeconds, START_AGAIN);
  store<u32>(interval, 0, FIRST);
  store<u32>(interval, 0, LAST);
  store<u32>(interval, 0, REPORTED);
  store<u32>(interval, 0, CHANGE);
  return interval;
}

/** Frees an interval, which must have no cells. */
export function closeInterval(interval: u32): void {
  let change = load<u32>(interval, CHANGE);
  while (change != 0) change = removeChange(change);
  release(interval);
}

/** Returns the address of a context's head word. The host sends no context id beyond the capacity that it gave. */
export function headAddress(contextId: u32): usize {
  return heads + (contextId << 2);
}

/** Returns the context's cell in the interval, or 0 if there is none. */
export function findCell(contextId: u32, interval: u32): u32 {
  const latest = load<u32>(headAddress(contextId));
  if (latest == 0) return 0;
  const cell = findPredecessor(contextId, latest, load<f64>(interval, START));
  return intervalOf(cell) == interval ? cell : 0;
}

function startOf(cell: u32): f64 {
  return load<f64>(load<u32>(cell, INTERVAL), START);
}

/**
 * Returns the cell after which a cell with this start belongs in the ring: the context's latest cell that does not start
 * later, or, if all start later, the latest cell, because the oldest follows it.
 */
function findPredecessor(contextId: u32, latest: u32, startSeconds: f64): u32 {
  if (startOf(latest) <= startSeconds) return latest;
  let cell = walkStart(contextId, latest, startSeconds);
  // The walk ends before the latest cell, because that cell starts later.
  for (let next = load<u32>(cell, YOUNGER); startOf(next) <= startSeconds; next = load<u32>(next, YOUNGER)) cell = next;
  lastWalkEnd = cell;
  return cell;
}

/** Returns the cell where a walk to this start may begin: where the last walk ended, or else the latest cell. */
function walkStart(contextId: u32, latest: u32, startSeconds: f64): u32 {
  const cell = lastWalkEnd;
  return cell != 0 && codeOf(cell) >> KIND_BITS == contextId && startOf(cell) <= startSeconds ? cell : latest;
}

/** Returns a cell that is in no list yet, or 0 when memory is exhausted. */
export function newCell(code: u32): u32 {
  const kind = code & KIND_MASK;
  const cell = allocate(kind == HISTOGRAM || kind == TIMING ? LARGE : SMALL);
  if (cell != 0) store<u32>(cell, code, CODE);
  return cell;
}

/** Makes a new cell the context's cell in the interval. */
export function linkCell(cell: u32, interval: u32): void {
  store<u32>(cell, interval, INTERVAL);
  store<u32>(cell, 0, NEXT);

  const contextId = load<u32>(cell, CODE) >> KIND_BITS;
  const head = headAddress(contextId);
  const latest = load<u32>(head);
  if (latest == 0) {
    store<u32>(cell, cell, YOUNGER);
    store<u32>(head, cell);
  } else {
    const startSeconds = load<f64>(interval, START);
    const predecessor = findPredecessor(contextId, latest, startSeconds);
    store<u32>(cell, load<u32>(predecessor, YOUNGER), YOUNGER);
    store<u32>(predecessor, cell, YOUNGER);
    if (startOf(latest) <= startSeconds) store<u32>(head, cell);
  }

  const last = load<u32>(interval, LAST);
  if (last == 0) store<u32>(interval, cell, FIRST);
  else store<u32>(last, cell, NEXT);
  store<u32>(interval, cell, LAST);
}

function intervalOf(cell: u32): u32 {
  return load<u32>(cell, INTERVAL) & ~UNCHANGED;
}

/**
 * Whether the cell belongs to the interval and may be changed without a change record. False for the cell 0, whose words are
 * zeros.
 */
export function isWritableIn(cell: u32, interval: u32): bool {
  return load<u32>(cell, INTERVAL) == interval;
}

/** Whether the cell was reported and has not changed since. */
export function isUnchanged(cell: u32): bool {
  return (load<u32>(cell, INTERVAL) & UNCHANGED) != 0;
}

/** Makes a change record for an unchanged cell that is about to change. Returns false when memory is exhausted. */
export function addChange(cell: u32): bool {
  const change = allocate(SMALL);
  if (change == 0) return false;
  const interval = intervalOf(cell);
  store<u32>(change, cell, CHANGED_CELL);
  store<u32>(change, load<u32>(interval, CHANGE), PREVIOUS_CHANGE);
  store<u32>(interval, change, CHANGE);
  store<u32>(cell, interval, INTERVAL);
  return true;
}

/** Frees a change record and returns the previous one. */
function removeChange(change: u32): u32 {
  const previous = load<u32>(change, PREVIOUS_CHANGE);
  release(change);
  return previous;
}

export function codeOf(cell: u32): u32 {
  return load<u32>(cell, CODE);
}

export function firstCell(interval: u32): u32 {
  return load<u32>(interval, FIRST);
}

/**
 * Returns the next cell of a kept interval to report, or 0 when none is left: first cells that changed after they were reported,
 * the latest change first, then cells that were never reported. A cell that changes again after it was reported is left to the
 * next snapshot, so no cell comes twice.
 */
export function nextToReport(interval: u32): u32 {
  if (interval != reportedInterval) {
    reportedInterval = interval;
    dueChange = load<u32>(interval, CHANGE);
    store<u32>(interval, 0, CHANGE);
  }
  if (dueChange != 0) return load<u32>(dueChange, CHANGED_CELL);
  const reported = load<u32>(interval, REPORTED);
  return reported == 0 ? firstCell(interval) : load<u32>(reported, NEXT);
}

/** Marks the cell that {@link nextToReport} returned as reported and unchanged. The cell stays. */
export function markReported(cell: u32): void {
  const interval = intervalOf(cell);
  if (dueChange != 0) dueChange = removeChange(dueChange);
  else store<u32>(interval, cell, REPORTED);
  store<u32>(cell, interval | UNCHANGED, INTERVAL);
}

/** Ends the report of a kept interval. Must be called when {@link nextToReport} has returned 0. */
export function endReport(): void {
  reportedInterval = 0;
}

/**
 * Unlinks and frees the first cell of an interval that was taken out, or the first cell of a kept interval that was never
 * reported. The blocks that the cell owns must have been freed before.
 */
export function removeCell(interval: u32, isKept: bool): void {
  const previous = isKept ? load<u32>(interval, REPORTED) : 0;
  const cell = previous == 0 ? firstCell(interval) : load<u32>(previous, NEXT);
  const contextId = codeOf(cell) >> KIND_BITS;
  const head = headAddress(contextId);
  const latest = load<u32>(head);
  let predecessor = walkStart(contextId, latest, load<f64>(interval, START));
  while (load<u32>(predecessor, YOUNGER) != cell) predecessor = load<u32>(predecessor, YOUNGER);
  if (predecessor == cell) {
    store<u32>(head, 0);
    lastWalkEnd = 0;
  } else {
    store<u32>(predecessor, load<u32>(cell, YOUNGER), YOUNGER);
    if (cell == latest) store<u32>(head, predecessor);
    lastWalkEnd = predecessor;
  }
  const next = load<u32>(cell, NEXT);
  if (previous == 0) store<u32>(interval, next, FIRST);
  else store<u32>(previous, next, NEXT);
  if (next == 0) store<u32>(interval, previous, LAST);
  release(cell);
}
