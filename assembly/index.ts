// The engine's whole surface: numbers in, numbers out, columns in memory. Everything else lives in the files beside.

import { headOf, initialize as initializeCells } from './cells';
import { initialize as initializeMemory } from './memory';
import { seedRandom } from './random';
import { seedHashes } from './samples';
import { initialize as initializeSnapshot } from './snapshot';

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
export { addMemberPart, applySamples, startMember } from './samples';
export { readSlice, selectOfSlice, sliceContinues } from './snapshot';

const PAGE_BYTES: u32 = 65536;

/**
 * Prepares the engine; called once, after the percentiles were written to PERCENTILES in ascending order.
 * False when `memoryBytes` (the ceiling of the whole linear memory) leaves no room for `contexts` head words.
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
  initializeSnapshot(percentileCount);
  seedRandom(seed);
  seedHashes(seed);
  return true;
}

/** Whether the context has any cell, in an open interval or in one that is being read. */
export function holdsContext(contextId: u32): bool {
  return load<u32>(headOf(contextId)) != 0;
}
