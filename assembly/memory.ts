// The allocator of all memory beyond the fixed regions: it hands out blocks of a few sizes.
//
// Linear memory is divided into pages of 64 KiB. A page begins with a header and serves blocks of one size. A page whose
// blocks are all free returns to a pool and may serve another size next. Memory therefore follows the live load, and a
// burst of one kind does not hold memory that another kind needs later. (Slabs: Bonwick, "The Slab Allocator", 1994.)
//
//   page + 0   u32  first free block, 0 if there is none; the first word of a free block holds the next one
//   page + 4   u32  offset of the first byte that was never handed out
//   page + 8   u32  number of blocks handed out
//   page + 12  u32  size of its blocks in bytes
//   page + 16  u32  previous page of the same size that has room, 0 if there is none
//   page + 20  u32  next page of the same size that has room, 0 if there is none; in the pool: the pool's next page
//   page + 24  u32  size class: index of the size

const PAGE_BYTES: u32 = 65536;
const HEADER_BYTES: u32 = 32;

const FREE: u32 = 0;
const FRESH: u32 = 4;
const USED: u32 = 8;
const SIZE: u32 = 12;
const PREVIOUS: u32 = 16;
const NEXT: u32 = 20;
const CLASS: u32 = 24;

// Size classes: two for cells, then seven whose blocks hold a 16-byte header and 16, 32, ... 512, 1000 elements of 8 bytes.
const CLASS_COUNT: u32 = 9;
export const SMALL: u32 = 0;
export const LARGE: u32 = 1;
export const SMALLEST_BUFFER: u32 = 2;
export const LARGEST_BUFFER: u32 = 8;
const SIZES: usize = memory.data<u32>([32, 64, 144, 272, 528, 1040, 2064, 4112, 8016]);

/** For each class its first page that has room, 0 if there is none. */
const pagesWithRoom: usize = memory.data(CLASS_COUNT << 2, 4);

/** First page of the pool, 0 if it is empty. */
let pool: u32 = 0;
/** The next page that was never used. */
let freshPage: u32 = 0;
let ceiling: u32 = 0;

/** Number of pages that hold at least one block. */
export let pagesInUse: u32 = 0;

/**
 * Hands the memory from `start` to `limit`, both multiples of 64 KiB, to the allocator. It uses what the module already has
 * before it grows memory.
 */
export function initialize(start: u32, limit: u32): void {
  freshPage = start;
  ceiling = limit;
}

/** Size of a block of this class in bytes. */
export function blockBytes(blockClass: u32): u32 {
  return load<u32>(SIZES + (blockClass << 2));
}

/** Returns a block with undefined content, or 0 when the ceiling is reached. */
export function allocate(blockClass: u32): u32 {
  const list = pagesWithRoom + (blockClass << 2);
  let page = load<u32>(list);
  if (page == 0) {
    page = takePage(blockClass);
    if (page == 0) return 0;
    store<u32>(list, page);
  }
  const size = load<u32>(page, SIZE);
  let block = load<u32>(page, FREE);
  let fresh = load<u32>(page, FRESH);
  if (block != 0) {
    store<u32>(page, load<u32>(block), FREE);
  } else {
    block = page + fresh;
    fresh += size;
    store<u32>(page, fresh, FRESH);
  }
  store<u32>(page, load<u32>(page, USED) + 1, USED);
  if (load<u32>(page, FREE) == 0 && fresh + size > PAGE_BYTES) unlink(page, list);
  return block;
}

/** Frees a block. */
export function release(block: u32): void {
  // Pages are aligned to their size, so the address of a block yields that of its page.
  const page = block & ~(PAGE_BYTES - 1);
  const list = pagesWithRoom + (load<u32>(page, CLASS) << 2);
  const free = load<u32>(page, FREE);
  const wasFull = free == 0 && load<u32>(page, FRESH) + load<u32>(page, SIZE) > PAGE_BYTES;
  store<u32>(block, free);
  store<u32>(page, block, FREE);
  const used = load<u32>(page, USED) - 1;
  store<u32>(page, used, USED);
  if (wasFull) {
    const first = load<u32>(list);
    store<u32>(page, 0, PREVIOUS);
    store<u32>(page, first, NEXT);
    if (first != 0) store<u32>(first, page, PREVIOUS);
    store<u32>(list, page);
  }
  if (used == 0) {
    unlink(page, list);
    store<u32>(page, pool, NEXT);
    pool = page;
    pagesInUse--;
  }
}

/** Removes a page from the list of those with room. */
function unlink(page: u32, list: usize): void {
  const previous = load<u32>(page, PREVIOUS);
  const next = load<u32>(page, NEXT);
  if (previous != 0) store<u32>(previous, next, NEXT);
  else store<u32>(list, next);
  if (next != 0) store<u32>(next, previous, PREVIOUS);
}

/** Returns an empty page for blocks of this class, or 0 when the ceiling is reached. */
function takePage(blockClass: u32): u32 {
  let page = pool;
  if (page != 0) {
    pool = load<u32>(page, NEXT);
  } else {
    page = freshPage;
    if (page >= ceiling) return 0;
    const end = (<u32>memory.size()) << 16;
    if (page >= end && !grow(end)) return 0;
    freshPage = page + PAGE_BYTES;
  }
  pagesInUse++;
  store<u32>(page, 0, FREE);
  store<u32>(page, HEADER_BYTES, FRESH);
  store<u32>(page, 0, USED);
  store<u32>(page, blockBytes(blockClass), SIZE);
  store<u32>(page, 0, PREVIOUS);
  store<u32>(page, 0, NEXT);
  store<u32>(page, blockClass, CLASS);
  return page;
}

/**
 * Grows memory by an eighth, because the host must derive its views again after each growth, or by as much as the ceiling or
 * the runtime still allows.
 */
function grow(end: u32): bool {
  const allowed = (ceiling - end) >> 16;
  const wanted = min<u32>(max<u32>(end >> 19, 1), allowed);
  return memory.grow(wanted) != -1 || memory.grow(1) != -1;
}
