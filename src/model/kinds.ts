// This folder holds the values and texts that all other folders share: kinds, tags, names, rows, and the results of a flush.
// It has no state and may import no other folder. It has no single front door; each file has one subject.

/** The kinds of metrics. `assembly/kinds.ts` has the same numbers. */
export const COUNTER = 0;
export const GAUGE = 1;
export const SET = 2;
export const HISTOGRAM = 3;
export const TIMING = 4;
export const DISTRIBUTION = 5;

export type Kind = 0 | 1 | 2 | 3 | 4 | 5;

/** Names of the kinds for messages, indexed by kind. */
export const KIND_NAMES = ['counter', 'gauge', 'set', 'histogram', 'timing', 'distribution'] as const;

/** The code of a sample has the kind in these low bits, and the context id above them. */
export const KIND_BITS = 3;
export const KIND_MASK = 7;
