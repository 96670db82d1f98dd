// Distributions keep every value, in the order recorded, in a chain of blocks. A block is twice as large as the one
// before it, up to the largest size, so a long chain wastes little and a short one costs little.
//
//   cell + 16  u32  first block
//   cell + 20  u32  last block
//   cell + 24  u32  class of the last block
//
//   block + 0  u32  next block, 0 if last
//   block + 4  u32  values in it
//   block + 16 f64  values

import { allocate, blockBytes, FIRST_BUFFER, LAST_BUFFER, release } from './memory';

const FIRST: u32 = 16;
const LAST: u32 = 20;
const CLASS: u32 = 24;
const NEXT: u32 = 0;
const COUNT: u32 = 4;
const HEADER_BYTES: u32 = 16;

/** Fills a new cell; false when memory is exhausted. */
export function initializeDistribution(cell: u32): bool {
  const block = allocate(FIRST_BUFFER);
  if (block == 0) return false;
  store<u32>(block, 0, NEXT);
  store<u32>(block, 0, COUNT);
  store<u32>(cell, block, FIRST);
  store<u32>(cell, block, LAST);
  store<u32>(cell, FIRST_BUFFER, CLASS);
  return true;
}

/** Adds a value; false, and nothing changed, when memory is exhausted. */
export function addToDistribution(cell: u32, value: f64): bool {
  let block = load<u32>(cell, LAST);
  let count = load<u32>(block, COUNT);
  let blockClass = load<u32>(cell, CLASS);
  if (HEADER_BYTES + (count << 3) == blockBytes(blockClass)) {
    if (blockClass < LAST_BUFFER) blockClass++;
    const next = allocate(blockClass);
    if (next == 0) return false;
    store<u32>(next, 0, NEXT);
    store<u32>(block, next, NEXT);
    store<u32>(cell, next, LAST);
    store<u32>(cell, blockClass, CLASS);
    block = next;
    count = 0;
  }
  // In range: the block was just found, or made, larger than count * 8.
  store<f64>(block + (count << 3), value, HEADER_BYTES);
  store<u32>(block, count + 1, COUNT);
  return true;
}

/** Values in the chain's first block, 0 when the chain is used up. */
export function firstBlockCount(cell: u32): u32 {
  const block = load<u32>(cell, FIRST);
  return block == 0 ? 0 : load<u32>(block, COUNT);
}

/** Copies the first block's values to `target` and frees the block. */
export function takeFirstBlock(cell: u32, target: usize): void {
  const block = load<u32>(cell, FIRST);
  memory.copy(target, block + HEADER_BYTES, load<u32>(block, COUNT) << 3);
  store<u32>(cell, load<u32>(block, NEXT), FIRST);
  release(block);
}
