import { BLOCK_CAPACITIES, type Block, type Memory } from './memory.js';

const FANOUT = 16;
const FANOUT_BITS = 4;
/** Size class of the largest leaf: 512 slots. All leaves have a power of two of slots. */
const LARGEST_LEAF = 5;
/** Size class of the leaves that a split makes: 64 slots, for 24 members on average. */
const SPLIT_LEAF = 2;
/** Approximate size of a node. */
const NODE_BYTES = FANOUT * 8 + 48;

/** A leaf is a block of hashes, low word first, where 0 is an empty slot. A node is sixteen links. */
type Link = Block | Link[];

/**
 * The cell of a set: the 64-bit hashes of its members, in a trie whose leaves are small hash tables, so that growth never moves
 * more than the members of one leaf at once. assembly/set.ts has the same structure, and explains it.
 */
export class SetCell {
  /** Number of members. */
  count = 0;
  #root: Link;

  /** Begins a new cell in a block of the smallest size. */
  constructor(root: Block) {
    clearLeaf(root);
    this.#root = root;
  }

  /** Adds the member with this hash. Returns false, with nothing changed, when memory is exhausted. */
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
        // Without memory to grow, the leaf fills up until one slot is left, because a probe must end at an empty slot.
        if (link.count + 1 >= slots) return false;
      }
      link.words[slot] = safeLow;
      link.words[slot + 1] = high;
      link.count++;
      this.count++;
      return true;
    }
  }

  /** Frees the trie. The cell must not be used again. */
  free(memory: Memory): void {
    freeLink(this.#root, memory);
  }
}

/** Returns the four hash bits above the lowest `bits`. */
function digit(low: number, high: number, bits: number): number {
  return (bits >= 32 ? high >>> (bits - 32) : low >>> bits) & (FANOUT - 1);
}

/** Returns the index of the first word of the empty slot where the hash belongs, or -1 when the leaf has it already. */
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

/** Moves the members to a leaf of the next size. Returns it, or undefined, with nothing changed, when memory is exhausted. */
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

/** Moves the members to the leaves of a new node. Returns it, or undefined, with nothing changed, when memory is exhausted. */
function splitLeaf(leaf: Block, bits: number, memory: Memory): Link[] | undefined {
  if (!memory.reserve(NODE_BYTES)) return undefined;
  const node: Block[] = [];
  for (let i = 0; i < FANOUT; i++) {
    const child = memory.allocate(SPLIT_LEAF);
    if (child === undefined) return abandonNode(node, memory);
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
      if (grown === undefined) return abandonNode(node, memory);
      node[index] = child = grown;
    }
    putNew(child, low, high);
  }
  memory.release(leaf);
  return node;
}

/** Frees a node that cannot be completed. */
function abandonNode(node: Block[], memory: Memory): undefined {
  freeLink(node, memory);
}

/** Adds a hash to a leaf that does not have it and has room for it. */
function putNew(leaf: Block, low: number, high: number): void {
  const at = findSlot(leaf, low, high);
  leaf.words[at] = low;
  leaf.words[at + 1] = high;
  leaf.count++;
}

/** Frees everything below a link. */
function freeLink(link: Link, memory: Memory): void {
  if (Array.isArray(link)) {
    for (const child of link) freeLink(child, memory);
    memory.unreserve(NODE_BYTES);
  } else {
    memory.release(link);
  }
}
