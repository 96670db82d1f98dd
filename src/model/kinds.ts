/** The kinds of metric. The numbers are shared with assembly/kinds.ts. */
export const COUNTER = 0;
export const GAUGE = 1;
export const SET = 2;
export const HISTOGRAM = 3;
export const TIMING = 4;
export const DISTRIBUTION = 5;

export type Kind = 0 | 1 | 2 | 3 | 4 | 5;

/** Names of the kinds, by number, for messages. */
export const KIND_NAMES = ['counter', 'gauge', 'set', 'histogram', 'timing', 'distribution'] as const;

/** A sample's code is the context id above these low bits, which hold the kind. */
export const KIND_BITS = 3;
export const KIND_MASK = 7;
