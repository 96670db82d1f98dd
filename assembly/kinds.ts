// The kinds of metric, and the code of a sample, which holds its context id and its kind. The numbers are those of
// src/model/kinds.ts.

export const COUNTER: u32 = 0;
export const GAUGE: u32 = 1;
export const SET: u32 = 2;
export const HISTOGRAM: u32 = 3;
export const TIMING: u32 = 4;
export const DISTRIBUTION: u32 = 5;

/** The low bits of a code hold the kind; the bits above them hold the context id. */
export const KIND_BITS: u32 = 3;
export const KIND_MASK: u32 = 7;
