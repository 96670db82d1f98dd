// The layout of a cell in the TypeScript engine, and the capacities that it shares with the WebAssembly engine, where they
// are in assembly/cells.ts and assembly/layout.ts.
//
// A cell is a record of 32 bytes: four words, then two doubles. Because all of it lies together, a sample whose cell has
// left the processor's caches costs one cache miss.

/** The words of a cell begin at its index shifted left by this. */
export const WORD_BITS = 3;
/** Word: the id of the cell's interval; plus 1 while the cell is unchanged since it was reported. */
export const INTERVAL_ID = 0;
/** Word: the context's next younger cell; for the latest cell the oldest. */
export const YOUNGER = 1;
/** Word: the interval's next cell, 0 if there is none. */
export const NEXT = 2;
/** Word: the code, which is the context id and the kind. */
export const CODE = 3;

/** The doubles of a cell begin at its index shifted left by this. */
export const DOUBLE_BITS = 2;
/**
 * The first of the two doubles that the kind defines. A counter, a histogram and a timing have a sum there (sum.ts), a gauge has
 * its value. Anything else that a kind holds is in an object of its own.
 */
export const KIND_DOUBLES = 2;

// Capacities.

/** Samples that the sample buffer holds. */
export const SAMPLE_CAPACITY = 1024;
/** Code units that the member buffer holds. */
export const MEMBER_CAPACITY = 32768;
/** Samples that a histogram keeps. */
export const RESERVOIR_CAPACITY = 1000;
/** Most cells that a slice holds. */
export const SLICE_CAPACITY = 4096;
/** Most values that a slice holds. */
export const VALUE_CAPACITY = 16384;
/** Most percentiles that can be asked for. */
export const PERCENTILE_CAPACITY = 64;
