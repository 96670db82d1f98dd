// A distribution holds every sample of an interval, in the order recorded, in a chain of blocks. Each block is twice as
// large as the one before it, up to the largest size, so a long chain wastes little and a short one costs little.
//
//   cell + 16  u32  first block
//   cell + 20  u32  last block
//   cell + 24  u32  size class of the last block
//
//   block + 0   u32  next block, 0 if it is the last
//   block + 4   u32  number of values in the block
//   block + 16  f64  values
//
// Reading moves the values to the slice block by block and frees each block, so nothing else has to free them.
//
// If this cell is to hold a sketch some day, the sketch belongs in a file of its own beside this one (sketch.ts), and this file
// decides which of the two a new cell gets: the word at cell + 28 is free to tell them apart. Other files use a distribution's
// cell only by the functions below.

import { allocate, blockBytes, LARGEST_BUFFER, release, SMALLEST_BUFFER } from './memory';

const FIRST: u32 = 16;
const LAST: u32 = 20;
const CLASS: u32 = 24;
const NEXT: u32 = 0;
const COUNT: u32 = 4;
const HEADER_BYTES: u32 = 16;

/** Fewest values of a part, except for the last one: each part becomes a row. */
const PART_VALUES: u32 = 1000;

/** Begins a new cell. Returns false when memory is exhausted. */
export function initializeDistribution(cell: u32): bool {
  const block = allocate(SMALLEST_BUFFER);
  if (block == 0) return false;
  store<u32>(block, 0, NEXT);
  store<u32>(block, 0, COUNT);
  store<u32>(cell, block, FIRST);
  store<u32>(cell, block, LAST);
  store<u32>(cell, SMALLEST_BUFFER, CLASS);
  return true;
}

/** Adds a value. Returns false, with nothing changed, when memory is exhausted. */
export function addToDistribution(cell: u32, value: f64): bool {
  let block = load<u32>(cell, LAST);
  let count = load<u32>(block, COUNT);
  let blockClass = load<u32>(cell, CLASS);
  if (HEADER_BYTES + (count << 3) == blockBytes(blockClass)) {
    if (blockClass < LARGEST_BUFFER) blockClass++;
    const next = allocate(blockClass);
    if (next == 0) return false;
    store<u32>(next, 0, NEXT);
    store<u32>(block, next, NEXT);
    store<u32>(cell, next, LAST);
    store<u32>(cell, blockClass, CLASS);
    block = next;
    count = 0;
  }
  // In range: the block has room for the value, or was just made.
  store<f64>(block + (count << 3), value, HEADER_BYTES);
  store<u32>(block, count + 1, COUNT);
  return true;
}

/** Whether there are values that have not been read. */
export function hasUnreadValues(cell: u32): bool {
  return load<u32>(cell, FIRST) != 0;
}

/**
 * Moves the values of the next blocks to `target`. Ends with the block that brings the number of values to `wanted`, but not before
 * PART_VALUES, or before the first block that does not fit into `room` values. Returns how many values.
 */
export function readDistribution(cell: u32, target: usize, room: u32, wanted: u32): u32 {
  const enough = max<u32>(wanted, PART_VALUES);
  let values: u32 = 0;
  let block = load<u32>(cell, FIRST);
  while (block != 0 && values < enough) {
    const count = load<u32>(block, COUNT);
    if (values + count > room) break;
    memory.copy(target + (values << 3), block + HEADER_BYTES, count << 3);
    values += count;
    const next = load<u32>(block, NEXT);
    release(block);
    block = next;
  }
  store<u32>(cell, block, FIRST);
  return values;
}
