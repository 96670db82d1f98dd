// Cells and intervals.
//
// A context has at most one cell in each open interval. Its cells form a ring, oldest interval first, whose head word
// holds the latest: so a cell of a new latest or oldest interval is linked, and the oldest removed, without a walk. Samples
// in ascending or descending order and the flush of them take time in proportion to the number of intervals; only cells in
// between are walked to, from the last place if that is older, else from the oldest.
// An interval's cells hang on the interval, in the order of their first samples. Of an interval that is kept for late
// samples, those that were reported come first, and a note is made of each that changes afterwards.
//
//   interval + 0   f64  start     POSIX seconds
//   interval + 8   f64  start     again, for cells that have not changed
//   interval + 16  u32  first     first cell, 0 if none
//   interval + 20  u32  last      last cell, 0 if none
//   interval + 24  u32  reported  last cell that was reported, 0 if none
//   interval + 28  u32  note      latest note, 0 if none
//
//   note + 0   u32  cell
//   note + 4   u32  the note before, 0 if none
//
//   cell + 0   u32  interval; plus 8 while nothing has changed since the cell was reported
//   cell + 4   u32  younger  the context's next younger cell; the latest cell's is the oldest
//   cell + 8   u32  next     the interval's next cell, 0 if none
//   cell + 12  u32  code     context id and kind
//   cell + 16       what the kind holds: see sum.ts, histogram.ts, set.ts, distribution.ts
//
// A cell whose interval was taken by a flush stays in its context's ring until the snapshot has read it. That is safe:
// no sample can reach it any more, because a sample looks for an interval by address, and a taken interval's address is
// not reused before its last cell is gone. A cell of an interval opened anew comes after those of the same start.

import { allocate, LARGE, release, SMALL } from './memory';

/** Low bits of a sample's code; the context id is above them. */
export const KIND_BITS: u32 = 3;
export const KIND_MASK: u32 = 7;

export const COUNTER: u32 = 0;
export const GAUGE: u32 = 1;
export const SET: u32 = 2;
export const HISTOGRAM: u32 = 3;
export const TIMING: u32 = 4;
export const DISTRIBUTION: u32 = 5;

const START: u32 = 0;
const START_AGAIN: u32 = 8;
const FIRST: u32 = 16;
const LAST: u32 = 20;
const REPORTED: u32 = 24;
const NOTE: u32 = 28;

const NOTED_CELL: u32 = 0;
const NOTE_BEFORE: u32 = 4;

/** Added to the interval of a cell; intervals lie at multiples of 32. */
const UNCHANGED: u32 = START_AGAIN;

const INTERVAL: u32 = 0;
const YOUNGER: u32 = 4;
const NEXT: u32 = 8;
const CODE: u32 = 12;

/** One word a context id: its latest cell, 0 if it has none. */
let heads: usize = 0;

/** The cell where the last walk ended, 0 if none: the next one often goes on from there. */
let lastPlace: u32 = 0;

/** The kept interval that is being read, 0 if none, and those of its notes that were made before. */
let reportedInterval: u32 = 0;
let dueNote: u32 = 0;

export function initialize(headsAddress: usize): void {
  heads = headsAddress;
}

/** An empty interval, or 0 when memory is exhausted. */
export function openInterval(startSeconds: f64): u32 {
  const interval = allocate(SMALL);
  if (interval == 0) return 0;
  store<f64>(interval, startSeconds, START);
  store<f64>(interval, startSeconds, START_AGAIN);
  store<u32>(interval, 0, FIRST);
  store<u32>(interval, 0, LAST);
  store<u32>(interval, 0, REPORTED);
  store<u32>(interval, 0, NOTE);
  return interval;
}

/** Frees an interval that has no cell any more. */
export function closeInterval(interval: u32): void {
  let note = load<u32>(interval, NOTE);
  while (note != 0) note = removeNote(note);
  release(interval);
}

/** Where a context's head word lies. The host never sends a context id beyond the table that it had made. */
export function headOf(contextId: u32): usize {
  return heads + (contextId << 2);
}

/** The context's cell in the interval, or 0. */
export function findCell(contextId: u32, interval: u32): u32 {
  const latest = load<u32>(headOf(contextId));
  if (latest == 0) return 0;
  const place = placeOf(contextId, latest, load<f64>(interval, START));
  return intervalOf(place) == interval ? place : 0;
}

function startOf(cell: u32): f64 {
  return load<f64>(load<u32>(cell, INTERVAL), START);
}

/** The context's last cell that is not younger, or, as the ring's order has it, the latest when all are younger. */
function placeOf(contextId: u32, latest: u32, startSeconds: f64): u32 {
  if (startOf(latest) <= startSeconds) return latest;
  let place = walkFrom(contextId, latest, startSeconds);
  // The latest ends it: it is younger.
  for (let next = load<u32>(place, YOUNGER); startOf(next) <= startSeconds; next = load<u32>(next, YOUNGER)) place = next;
  lastPlace = place;
  return place;
}

function walkFrom(contextId: u32, latest: u32, startSeconds: f64): u32 {
  const last = lastPlace;
  return last != 0 && codeOf(last) >> KIND_BITS == contextId && startOf(last) <= startSeconds ? last : latest;
}

/** A cell that is linked nowhere yet, or 0 when memory is exhausted. */
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
  const head = headOf(contextId);
  const latest = load<u32>(head);
  if (latest == 0) {
    store<u32>(cell, cell, YOUNGER);
    store<u32>(head, cell);
  } else {
    const startSeconds = load<f64>(interval, START);
    const place = placeOf(contextId, latest, startSeconds);
    store<u32>(cell, load<u32>(place, YOUNGER), YOUNGER);
    store<u32>(place, cell, YOUNGER);
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

/** Whether the cell is the interval's and may change as it is. A null cell is no interval's. */
export function mayChangeIn(cell: u32, interval: u32): bool {
  return load<u32>(cell, INTERVAL) == interval;
}

export function isUnchanged(cell: u32): bool {
  return (load<u32>(cell, INTERVAL) & UNCHANGED) != 0;
}

/** Notes that an unchanged cell is about to change; false when memory is exhausted. */
export function noteChange(cell: u32): bool {
  const note = allocate(SMALL);
  if (note == 0) return false;
  const interval = intervalOf(cell);
  store<u32>(note, cell, NOTED_CELL);
  store<u32>(note, load<u32>(interval, NOTE), NOTE_BEFORE);
  store<u32>(interval, note, NOTE);
  store<u32>(cell, interval, INTERVAL);
  return true;
}

/** Gives the note before. */
function removeNote(note: u32): u32 {
  const before = load<u32>(note, NOTE_BEFORE);
  release(note);
  return before;
}

export function codeOf(cell: u32): u32 {
  return load<u32>(cell, CODE);
}

export function firstCell(interval: u32): u32 {
  return load<u32>(interval, FIRST);
}

/**
 * The next cell to be reported of an interval that is kept, 0 if there is none: those that changed, the latest first, then
 * those that never were reported. What changes after it was reported is left for another time: no cell comes twice.
 */
export function nextToReport(interval: u32): u32 {
  if (interval != reportedInterval) {
    reportedInterval = interval;
    dueNote = load<u32>(interval, NOTE);
    store<u32>(interval, 0, NOTE);
  }
  if (dueNote != 0) return load<u32>(dueNote, NOTED_CELL);
  const reported = load<u32>(interval, REPORTED);
  return reported == 0 ? firstCell(interval) : load<u32>(reported, NEXT);
}

/** Notes that the cell that was next was reported, and stays. */
export function keepCell(cell: u32): void {
  const interval = intervalOf(cell);
  if (dueNote != 0) dueNote = removeNote(dueNote);
  else store<u32>(interval, cell, REPORTED);
  store<u32>(cell, interval | UNCHANGED, INTERVAL);
}

/** To be called when nothing of a kept interval is next any more. */
export function endReport(): void {
  reportedInterval = 0;
}

/** Unlinks and frees the interval's first cell or, when the interval is kept, the first that was not reported. What its kind holds must have been freed before. */
export function removeCell(interval: u32, isKept: bool): void {
  const previous = isKept ? load<u32>(interval, REPORTED) : 0;
  const cell = previous == 0 ? firstCell(interval) : load<u32>(previous, NEXT);
  const contextId = codeOf(cell) >> KIND_BITS;
  const head = headOf(contextId);
  const latest = load<u32>(head);
  let place = walkFrom(contextId, latest, load<f64>(interval, START));
  while (load<u32>(place, YOUNGER) != cell) place = load<u32>(place, YOUNGER);
  if (place == cell) {
    store<u32>(head, 0);
    lastPlace = 0;
  } else {
    store<u32>(place, load<u32>(cell, YOUNGER), YOUNGER);
    if (cell == latest) store<u32>(head, place);
    lastPlace = place;
  }
  const next = load<u32>(cell, NEXT);
  if (previous == 0) store<u32>(interval, next, FIRST);
  else store<u32>(previous, next, NEXT);
  if (next == 0) store<u32>(interval, previous, LAST);
  release(cell);
}
