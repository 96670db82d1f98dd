// Where the fixed regions lie. They fill the space below `memoryBase` (asconfig.json), so that their addresses are
// constants; the compiler's own data follows, then the head words, then the allocator's pages.
//
// Nothing lies below NULL_BYTES: a load through a null cell reads zeros there.

const NULL_BYTES: u32 = 1024;

/** Samples that the buffer holds. */
export const SAMPLE_CAPACITY: u32 = 1024;
/** Code units that the member buffer holds. */
export const MEMBER_CAPACITY: u32 = 32768;
/** Cells that one slice of a snapshot holds at most. */
export const SLICE_CAPACITY: u32 = 4096;
/** Values that one slice of a snapshot holds at most. */
export const VALUE_CAPACITY: u32 = 16384;
/** Percentiles that can be asked for at most. */
export const PERCENTILE_CAPACITY: u32 = 64;
/** Random numbers that are made at a time. */
export const RANDOM_CAPACITY: u32 = 256;

/** u32 a sample: context id and kind. */
export const CODES: usize = NULL_BYTES;
/** f64 a sample; for a set two u32: offset of the member in code units, and its length in bytes with a flag. */
export const VALUES: usize = CODES + 4 * SAMPLE_CAPACITY;
/** u16 a code unit. */
export const MEMBERS: usize = VALUES + 8 * SAMPLE_CAPACITY;
/** u32 a cell of the slice. */
export const SLICE_CODES: usize = MEMBERS + 2 * MEMBER_CAPACITY;
/** u32 a cell of the slice: index after its last value. */
export const SLICE_ENDS: usize = SLICE_CODES + 4 * SLICE_CAPACITY;
/** f64 a value of the slice. */
export const SLICE_VALUES: usize = SLICE_ENDS + 4 * SLICE_CAPACITY;
/** f64 a percentile, ascending, each from 0 to 1. */
export const PERCENTILES: usize = SLICE_VALUES + 8 * VALUE_CAPACITY;
/** u32 a percentile: its index among the kept samples of the cell at hand. */
export const RANKS: usize = PERCENTILES + 8 * PERCENTILE_CAPACITY;
/** Working space of the selection: see percentiles.ts. */
export const SELECTION: usize = RANKS + 4 * PERCENTILE_CAPACITY;
export const SELECTION_BYTES: u32 = 65536;
/** u32 a number: the next of random.ts. */
export const RANDOM_NUMBERS: usize = SELECTION + SELECTION_BYTES;

if (RANDOM_NUMBERS + 4 * RANDOM_CAPACITY > <usize>ASC_MEMORY_BASE) ERROR('the fixed regions do not fit below memoryBase');
