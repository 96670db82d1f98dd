import { BLOCK_CAPACITIES, type Block, type Memory } from './memory.js';

const FANOUT = 16;
const FANOUT_BITS = 4;
/** Largest leaf: 512 slots, a power of two as all leaves have. */
const LARGEST_LEAF = 5;
/** Leaves that a split makes: 64 slots, for the 24 members that each gets on average. */
const SPLIT_LEAF = 2;
const NODE_BYTES = FANOUT * 8 + 48;

/** A leaf is a block of hashes, low word first, 0 being an empty slot; a node holds sixteen links. */
type Link = Block | Link[];

/**
 * What the cell of a set holds: the 64-bit hashes of its members, in a trie whose leaves are small hash tables, so that
 * growth never moves more than one leaf's members at once. The same structure as assembly/set.ts, which explains it.
 */
export class SetCell {
  count = 0;
  #root: Link;

  constructor(root: Block) {
    clearLeaf(root);
    this.#root = root;
  }

  /** Adds the member with this hash; false, and nothing changed, when memory is exhausted. */
  add(low: number, high: number, memory: Memory): boolean {
    const safeLow = low === 0 && high === 0 ? 1 : low;
    let parent: Link[] | undefined;
    let index = 0;
    let link = this.#root;
    let bits = 64;
    for (;;) {
      while (Array.isArray(link)) {
        bits -= FANOUT_BITS;
        parent = link;
        index = digit(safeLow, high, bits);
        link = link[index];
      }
      const slot = findSlot(link, safeLow, high);
      if (slot < 0) return true;
      const slots = BLOCK_CAPACITIES[link.blockClass];
      if ((link.count + 1) * 4 > slots * 3) {
        const grown: Link | undefined = link.blockClass < LARGEST_LEAF ? growLeaf(link, memory) : splitLeaf(link, bits, memory);
        if (grown !== undefined) {
          if (parent === undefined) this.#root = grown;
          else parent[index] = grown;
          link = grown;
          continue;
        }
        // A probe must end at an empty slot.
        if (link.count + 1 >= slots) return false;
      }
      link.words[slot] = safeLow;
      link.words[slot + 1] = high;
      link.count++;
      this.count++;
      return true;
    }
  }

  /** Gives all memory back; the set must not be used again. */
  free(memory: Memory): void {
    freeLink(this.#root, memory);
  }
}

/** The four hash bits above the lowest `bits`. */
function digit(low: number, high: number, bits: number): number {
  return (bits >= 32 ? high >>> (bits - 32) : low >>> bits) & (FANOUT - 1);
}

/** Index of the first word of the empty slot where the hash belongs, or -1 when the leaf has it. */
function findSlot(leaf: Block, low: number, high: number): number {
  const words = leaf.words;
  const mask = words.length - 1;
  let at = (low << 1) & mask;
  while ((words[at] | words[at + 1]) !== 0) {
    if (words[at] === low && words[at + 1] === high) return -1;
    at = (at + 2) & mask;
  }
  return at;
}

function clearLeaf(leaf: Block): void {
  leaf.words.fill(0);
  leaf.count = 0;
}

function growLeaf(leaf: Block, memory: Memory): Block | undefined {
  const larger = memory.allocate(leaf.blockClass + 1);
  if (larger === undefined) return undefined;
  clearLeaf(larger);
  for (let at = 0; at < leaf.words.length; at += 2) {
    const low = leaf.words[at];
    const high = leaf.words[at + 1];
    if ((low | high) !== 0) putNew(larger, low, high);
  }
  memory.release(leaf);
  return larger;
}

function splitLeaf(leaf: Block, bits: number, memory: Memory): Link[] | undefined {
  if (!memory.reserve(NODE_BYTES)) return undefined;
  const node: Block[] = [];
  for (let i = 0; i < FANOUT; i++) {
    const child = memory.allocate(SPLIT_LEAF);
    if (child === undefined) return undo(node, memory);
    clearLeaf(child);
    node.push(child);
  }
  for (let at = 0; at < leaf.words.length; at += 2) {
    const low = leaf.words[at];
    const high = leaf.words[at + 1];
    if ((low | high) === 0) continue;
    const index = digit(low, high, bits - FANOUT_BITS);
    let child = node[index];
    if ((child.count + 1) * 4 > BLOCK_CAPACITIES[child.blockClass] * 3) {
      const grown = growLeaf(child, memory);
      if (grown === undefined) return undo(node, memory);
      node[index] = child = grown;
    }
    putNew(child, low, high);
  }
  memory.release(leaf);
  return node;
}

function undo(node: Block[], memory: Memory): undefined {
  freeLink(node, memory);
}

/** Puts a hash that the leaf does not have into a leaf that has room. */
function putNew(leaf: Block, low: number, high: number): void {
  const at = findSlot(leaf, low, high);
  leaf.words[at] = low;
  leaf.words[at + 1] = high;
  leaf.count++;
}

function freeLink(link: Link, memory: Memory): void {
  if (Array.isArray(link)) {
    for (const child of link) freeLink(child, memory);
    memory.unreserve(NODE_BYTES);
  } else {
    memory.release(link);
  }
}
