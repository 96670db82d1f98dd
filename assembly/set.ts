// Sets: how many different members an interval saw. A member is known by a 64-bit hash.
//
//   cell + 16  u32  root: a link
//   cell + 20  u32  members
//
// A link is the address of a leaf, or the address of a node with the lowest bit set.
//
//   node + 4 i   u32  link to the members whose next four hash bits, from the top, are i
//
//   leaf + 0   u32  members in it
//   leaf + 4   u32  class of its block
//   leaf + 16  u64  slots, a power of two, open addressing on the lowest hash bits; 0 is an empty slot
//
// A leaf that is three quarters full moves to a larger block, and one of the largest size splits into a node with
// sixteen leaves. So a growing set never rehashes more than LARGEST_LEAF_SLOTS members at once, however many it holds.

import { allocate, FIRST_BUFFER, LARGE, release } from './memory';

const ROOT: u32 = 16;
const MEMBERS: u32 = 20;
const IS_NODE: u32 = 1;
const FANOUT: u32 = 16;
const FANOUT_BITS: u32 = 4;
const COUNT: u32 = 0;
const CLASS: u32 = 4;
const SLOTS: u32 = 16;

/** Largest leaf: 512 slots. */
const LARGEST_LEAF: u32 = 7;
/** Leaves that a split makes: 64 slots, for the 24 members that each gets on average. */
const SPLIT_LEAF: u32 = 4;

const MEMORY_EXHAUSTED: i32 = -1;
const PRESENT: i32 = 0;
const ADDED: i32 = 1;

/** Fills a new cell; false when memory is exhausted. */
export function initializeSet(cell: u32): bool {
  const leaf = newLeaf(FIRST_BUFFER);
  store<u32>(cell, leaf, ROOT);
  store<u32>(cell, 0, MEMBERS);
  return leaf != 0;
}

export function setCount(cell: u32): u32 {
  return load<u32>(cell, MEMBERS);
}

/** Adds a member; false, and nothing changed, when memory is exhausted. */
export function addToSet(cell: u32, hash: u64): bool {
  // 0 marks an empty slot, so the hash 0 is taken for 1.
  const result = insert(cell + ROOT, hash == 0 ? 1 : hash, 64);
  if (result == MEMORY_EXHAUSTED) return false;
  store<u32>(cell, load<u32>(cell, MEMBERS) + <u32>result, MEMBERS);
  return true;
}

export function freeSet(cell: u32): void {
  freeLink(load<u32>(cell, ROOT));
}

function slotsOf(blockClass: u32): u32 {
  return FANOUT << (blockClass - FIRST_BUFFER);
}

/** Adds a hash below the link at `address`; `bits` of the hash have not been used for the way there. */
function insert(address: usize, hash: u64, bits: u32): i32 {
  let link = load<u32>(address);
  while (link & IS_NODE) {
    bits -= FANOUT_BITS;
    address = link - IS_NODE + ((<u32>(hash >> bits) & (FANOUT - 1)) << 2);
    link = load<u32>(address);
  }
  const blockClass = load<u32>(link, CLASS);
  const mask = slotsOf(blockClass) - 1;
  let slot = <u32>hash & mask;
  let found = load<u64>(link + (slot << 3), SLOTS);
  while (found != 0) {
    if (found == hash) return PRESENT;
    slot = (slot + 1) & mask;
    found = load<u64>(link + (slot << 3), SLOTS);
  }
  const count = load<u32>(link, COUNT) + 1;
  if (count * 4 > (mask + 1) * 3) {
    const grown = blockClass < LARGEST_LEAF ? growLeaf(link, blockClass) : splitLeaf(link, bits);
    if (grown != 0) {
      store<u32>(address, grown);
      return insert(address, hash, bits);
    }
    // Without memory to grow, the leaf takes members until one slot is left: a probe must end at an empty slot.
    if (count > mask) return MEMORY_EXHAUSTED;
  }
  store<u64>(link + (slot << 3), hash, SLOTS);
  store<u32>(link, count, COUNT);
  return ADDED;
}

function newLeaf(blockClass: u32): u32 {
  const leaf = allocate(blockClass);
  if (leaf == 0) return 0;
  store<u32>(leaf, 0, COUNT);
  store<u32>(leaf, blockClass, CLASS);
  memory.fill(leaf + SLOTS, 0, slotsOf(blockClass) << 3);
  return leaf;
}

/** A leaf of the next size with the same members; the old one is freed. 0, and nothing changed, when memory is exhausted. */
function growLeaf(leaf: u32, blockClass: u32): u32 {
  const larger = newLeaf(blockClass + 1);
  if (larger == 0) return 0;
  const mask = slotsOf(blockClass + 1) - 1;
  const end = leaf + SLOTS + (slotsOf(blockClass) << 3);
  for (let at = leaf + SLOTS; at < end; at += 8) {
    const hash = load<u64>(at);
    if (hash == 0) continue;
    let slot = <u32>hash & mask;
    while (load<u64>(larger + (slot << 3), SLOTS) != 0) slot = (slot + 1) & mask;
    store<u64>(larger + (slot << 3), hash, SLOTS);
  }
  store<u32>(larger, load<u32>(leaf, COUNT), COUNT);
  release(leaf);
  return larger;
}

/** A link to a node with the leaf's members; the leaf is freed. 0, and nothing changed, when memory is exhausted. */
function splitLeaf(leaf: u32, bits: u32): u32 {
  const node = allocate(LARGE);
  if (node == 0) return 0;
  memory.fill(node, 0, FANOUT << 2);
  let complete = true;
  for (let i: u32 = 0; i < FANOUT && complete; i++) {
    const child = newLeaf(SPLIT_LEAF);
    store<u32>(node + (i << 2), child);
    complete = child != 0;
  }
  const end = leaf + SLOTS + (slotsOf(LARGEST_LEAF) << 3);
  for (let at = leaf + SLOTS; at < end && complete; at += 8) {
    const hash = load<u64>(at);
    if (hash == 0) continue;
    const child = node + ((<u32>(hash >> (bits - FANOUT_BITS)) & (FANOUT - 1)) << 2);
    complete = insert(child, hash, bits - FANOUT_BITS) == ADDED;
  }
  if (!complete) {
    freeLink(node | IS_NODE);
    return 0;
  }
  release(leaf);
  return node | IS_NODE;
}

/** Frees what hangs on a link; 0 is what a split that ran out of memory leaves. */
function freeLink(link: u32): void {
  if (link == 0) return;
  if (link & IS_NODE) {
    const node = link - IS_NODE;
    for (let i: u32 = 0; i < FANOUT; i++) freeLink(load<u32>(node + (i << 2)));
    release(node);
  } else {
    release(link);
  }
}
