// This folder is the WebAssembly engine, in AssemblyScript: cells, the kinds of metric, percentiles, and the memory of all of
// them. Its front door is this file, which has the module's exports: functions over numbers, and the addresses of columns in
// linear memory. Only src/engine/wasm/wasm-engine.ts calls them. The files import only each other. Each has a counterpart in
// TypeScript that computes the same bits: src/engine/js/js-engine.ts lists the pairs.

import { headAddress, initialize as initializeCells } from './cells';
import { seedHashes } from './members';
import { initialize as initializeMemory } from './memory';
import { seedRandom } from './random';
import { initialize as initializeSliceReader } from './slice-reader';

export { openInterval } from './cells';
export {
  CODES,
  MEMBER_CAPACITY,
  MEMBERS,
  PERCENTILE_CAPACITY,
  PERCENTILES,
  SAMPLE_CAPACITY,
  SLICE_CAPACITY,
  SLICE_CODES,
  SLICE_ENDS,
  SLICE_VALUES,
  VALUE_CAPACITY,
  VALUES,
} from './layout';
export { pagesInUse } from './memory';
export { applySamples } from './samples';
export { readSlice, sliceContinues } from './slice-reader';

const PAGE_BYTES: u32 = 65536;

/**
 * Prepares the engine. Must be called once, after the percentiles were written to PERCENTILES in ascending order. Returns false
 * when `memoryBytes`, the ceiling of the whole linear memory, leaves no room for the head words of `contexts` contexts.
 */
export function initialize(contexts: u32, memoryBytes: u32, percentileCount: u32, seed: u32): bool {
  const heads = <u32>((__heap_base + 15) & ~15);
  const headsEnd = <u64>heads + ((<u64>contexts + 1) << 2);
  const pagesStart = (headsEnd + (PAGE_BYTES - 1)) & ~(<u64>PAGE_BYTES - 1);
  if (pagesStart > <u64>memoryBytes) return false;
  const missing = <i32>(pagesStart >> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) == -1) return false;
  initializeCells(heads);
  initializeMemory(<u32>pagesStart, memoryBytes & ~(PAGE_BYTES - 1));
  initializeSliceReader(percentileCount);
  seedRandom(seed);
  seedHashes(seed);
  return true;
}

/** Whether the context has any cell, in an open interval or in one that a snapshot has not read to its end. */
export function holdsContext(contextId: u32): bool {
  return load<u32>(headAddress(contextId)) != 0;
}
