// The fixed regions of linear memory, and the capacities of the engine. The regions fill the space below `memoryBase`
// (asconfig.json), so that their addresses are constants. Above them lie the compiler's own data, the head words (cells.ts)
// and the allocator's pages (memory.ts), in this order.
//
// Nothing lies below NULL_BYTES: a load through the address 0 reads zeros there.

const NULL_BYTES: u32 = 1024;

// The capacities are those of src/engine/js/cell-layout.ts.

/** Samples that the sample buffer holds. */
export const SAMPLE_CAPACITY: u32 = 1024;
/** Code units that the member buffer holds. */
export const MEMBER_CAPACITY: u32 = 32768;
/** Samples that a histogram keeps. */
export const RESERVOIR_CAPACITY: u32 = 1000;
/** Most cells that a slice holds. */
export const SLICE_CAPACITY: u32 = 4096;
/** Most values that a slice holds. */
export const VALUE_CAPACITY: u32 = 16384;
/** Most percentiles that can be asked for. */
export const PERCENTILE_CAPACITY: u32 = 64;
/** Random numbers that are generated at once. */
export const RANDOM_CAPACITY: u32 = 256;

/** For each sample a u32: its code, which is its context id and kind. */
export const CODES: usize = NULL_BYTES;
/**
 * For each sample an f64: its value. A sample of a set has two u32 instead: the offset of its member in code units, and the
 * length of the member in bytes with a flag (members.ts).
 */
export const VALUES: usize = CODES + 4 * SAMPLE_CAPACITY;
/** For each code unit of the members a u16. */
export const MEMBERS: usize = VALUES + 8 * SAMPLE_CAPACITY;
/** For each cell of the slice a u32: its code. */
export const SLICE_CODES: usize = MEMBERS + 2 * MEMBER_CAPACITY;
/** For each cell of the slice a u32: the index after its last value. */
export const SLICE_ENDS: usize = SLICE_CODES + 4 * SLICE_CAPACITY;
/** For each value of the slice an f64. */
export const SLICE_VALUES: usize = SLICE_ENDS + 4 * SLICE_CAPACITY;
/** For each percentile an f64 from 0 to 1, in ascending order. */
export const PERCENTILES: usize = SLICE_VALUES + 8 * VALUE_CAPACITY;
/** For each percentile a u32: its rank among the kept samples of the current cell. */
export const RANKS: usize = PERCENTILES + 8 * PERCENTILE_CAPACITY;
/** Working space for selecting percentiles: see percentiles.ts. */
export const SELECTION: usize = RANKS + 4 * PERCENTILE_CAPACITY;
export const SELECTION_BYTES: u32 = 65536;
/** For each random number that was generated ahead a u32: see random.ts. */
export const RANDOM_NUMBERS: usize = SELECTION + SELECTION_BYTES;

if (RANDOM_NUMBERS + 4 * RANDOM_CAPACITY > <usize>ASC_MEMORY_BASE) ERROR('the fixed regions do not fit below memoryBase');
