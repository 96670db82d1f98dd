// Cells and intervals.
//
// A context has at most one cell in each open interval. Its cells hang on the context's head word, latest interval
// first; an interval's cells hang on the interval, in the order of their first samples.
//
//   interval + 0   f64  start    POSIX seconds
//   interval + 8   u32  first    first cell, 0 if none
//   interval + 12  u32  last     last cell, 0 if none
//
//   cell + 0   u32  interval
//   cell + 4   u32  older    the context's next older cell, 0 if none
//   cell + 8   u32  next     the interval's next cell, 0 if none
//   cell + 12  u32  code     context id and kind
//   cell + 16       what the kind holds: see counter.ts, histogram.ts, set.ts, distribution.ts
//
// A cell whose interval was taken by a flush stays in its context's list until the snapshot has read it. That is safe:
// no sample can reach it any more, because a sample looks for an interval by address, and a taken interval's address is
// not reused before its last cell is gone.

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
const FIRST: u32 = 8;
const LAST: u32 = 12;

const INTERVAL: u32 = 0;
const OLDER: u32 = 4;
const NEXT: u32 = 8;
const CODE: u32 = 12;

/** One word a context id: its latest cell, 0 if it has none. */
let heads: usize = 0;

export function initialize(headsAddress: usize): void {
  heads = headsAddress;
}

/** An empty interval, or 0 when memory is exhausted. */
export function openInterval(startSeconds: f64): u32 {
  const interval = allocate(SMALL);
  if (interval == 0) return 0;
  store<f64>(interval, startSeconds, START);
  store<u32>(interval, 0, FIRST);
  store<u32>(interval, 0, LAST);
  return interval;
}

/** Where a context's head word lies. The host never sends a context id beyond the table that it had made. */
export function headOf(code: u32): usize {
  return heads + ((code >> KIND_BITS) << 2);
}

/** The context's cell in the interval, or 0. */
export function findCell(code: u32, interval: u32): u32 {
  const startSeconds = load<f64>(interval, START);
  let cell = load<u32>(headOf(code));
  // Intervals older than the wanted one can only be followed by older ones.
  while (cell != 0 && load<u32>(cell, INTERVAL) != interval && load<f64>(load<u32>(cell, INTERVAL), START) >= startSeconds) {
    cell = load<u32>(cell, OLDER);
  }
  return cell != 0 && load<u32>(cell, INTERVAL) == interval ? cell : 0;
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

  const startSeconds = load<f64>(interval, START);
  let link: usize = headOf(load<u32>(cell, CODE));
  let older = load<u32>(link);
  while (older != 0 && load<f64>(load<u32>(older, INTERVAL), START) > startSeconds) {
    link = older + OLDER;
    older = load<u32>(link);
  }
  store<u32>(cell, older, OLDER);
  store<u32>(link, cell);

  const last = load<u32>(interval, LAST);
  if (last == 0) store<u32>(interval, cell, FIRST);
  else store<u32>(last, cell, NEXT);
  store<u32>(interval, cell, LAST);
}

export function intervalOf(cell: u32): u32 {
  return load<u32>(cell, INTERVAL);
}

export function codeOf(cell: u32): u32 {
  return load<u32>(cell, CODE);
}

export function firstCell(interval: u32): u32 {
  return load<u32>(interval, FIRST);
}

/** Unlinks and frees the interval's first cell. What its kind holds must have been freed before. */
export function removeFirstCell(interval: u32): void {
  const cell = load<u32>(interval, FIRST);
  let link: usize = headOf(load<u32>(cell, CODE));
  while (load<u32>(link) != cell) link = load<u32>(link) + OLDER;
  store<u32>(link, load<u32>(cell, OLDER));
  const next = load<u32>(cell, NEXT);
  store<u32>(interval, next, FIRST);
  if (next == 0) store<u32>(interval, 0, LAST);
  release(cell);
}
