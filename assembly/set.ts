// A set counts the different members of an interval. It knows each member by a 64-bit hash: see members.ts.
//
//   cell + 16  u32  root: a link
//   cell + 20  u32  number of members
//
// The hashes lie in a trie whose leaves are small hash tables. A link is the address of a leaf, or the address of a node
// with the lowest bit set.
//
//   node + 4 i  u32  link to the members whose next four hash bits, from the top, are i
//
//   leaf + 0   u32  number of members in the leaf
//   leaf + 4   u32  size class of its block
//   leaf + 16  u64  slots: a power of two, with open addressing by the lowest hash bits; an empty slot is 0
//
// A leaf that is three quarters full moves to a larger block, and a leaf of the largest size is split into a node with
// sixteen leaves. A growing set therefore never rehashes more than the members of one leaf (384) at once, however many it
// holds.

import { allocate, LARGE, release, SMALLEST_BUFFER } from './memory';

const ROOT: u32 = 16;
const MEMBERS: u32 = 20;
const IS_NODE: u32 = 1;
const FANOUT: u32 = 16;
const FANOUT_BITS: u32 = 4;
const COUNT: u32 = 0;
const CLASS: u32 = 4;
const SLOTS: u32 = 16;

/** Size class of the largest leaf: 512 slots. */
const LARGEST_LEAF: u32 = 7;
/** Size class of the leaves that a split makes: 64 slots, for 24 members on average. */
const SPLIT_LEAF: u32 = 4;

const MEMORY_EXHAUSTED: i32 = -1;
const PRESENT: i32 = 0;
const ADDED: i32 = 1;

/** Begins a new cell. Returns false when memory is exhausted. */
export function initializeSet(cell: u32): bool {
  const leaf = newLeaf(SMALLEST_BUFFER);
  store<u32>(cell, leaf, ROOT);
  store<u32>(cell, 0, MEMBERS);
  return leaf != 0;
}

/** Adds the member with this hash. Returns false, with nothing changed, when memory is exhausted. */
export function addToSet(cell: u32, hash: u64): bool {
  // The hash 0 is replaced by 1 because 0 marks an empty slot.
  const result = insert(cell + ROOT, hash == 0 ? 1 : hash, 64);
  if (result == MEMORY_EXHAUSTED) return false;
  store<u32>(cell, load<u32>(cell, MEMBERS) + <u32>result, MEMBERS);
  return true;
}

/** Returns the number of members. */
export function readSet(cell: u32): f64 {
  return <f64>load<u32>(cell, MEMBERS);
}

/** Frees the trie. */
export function freeSet(cell: u32): void {
  freeLink(load<u32>(cell, ROOT));
}

/** Number of slots of a leaf in a block of this size class. */
function slotsOf(blockClass: u32): u32 {
  return FANOUT << (blockClass - SMALLEST_BUFFER);
}

/** Adds a hash below the link at `address`. The path to that link has used up all but the lowest `bits` bits of the hash. */
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
    // Without memory to grow, the leaf fills up until one slot is left, because a probe must end at an empty slot.
    if (count > mask) return MEMORY_EXHAUSTED;
  }
  store<u64>(link + (slot << 3), hash, SLOTS);
  store<u32>(link, count, COUNT);
  return ADDED;
}

/** Returns an empty leaf, or 0 when memory is exhausted. */
function newLeaf(blockClass: u32): u32 {
  const leaf = allocate(blockClass);
  if (leaf == 0) return 0;
  store<u32>(leaf, 0, COUNT);
  store<u32>(leaf, blockClass, CLASS);
  memory.fill(leaf + SLOTS, 0, slotsOf(blockClass) << 3);
  return leaf;
}

/** Moves the members to a leaf of the next size. Returns it, or 0, with nothing changed, when memory is exhausted. */
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

/** Moves the members to the leaves of a new node. Returns a link to it, or 0, with nothing changed, when memory is exhausted. */
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

/** Frees everything below a link. A split that ran out of memory leaves links that are 0. */
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
