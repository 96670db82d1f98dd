// The resolver answers with a code: a positive one is a context and its kind, as the engine takes it; a negative one says why the
// sample has no context.

import { KIND_BITS, type Kind } from '../model/kinds.js';

/** Nothing is left of the name once it is normalised, or it is no string. */
export const BAD_NAME = -1;

/** A tag is no string, there are too many tags, or reading them recorded another sample. */
export const BAD_TAGS = -2;

/** The sample would need one context more than there may be. */
export const CONTEXT_LIMIT = -3;

const REASONS = ['badName', 'badTags', 'contextLimit'] as const;

/** The reason for a negative code, as drops are counted by it. */
export type Refusal = (typeof REASONS)[number];

/** Returns the code of a context's samples. It is positive, because the ids of contexts begin at 1. */
export function codeOf(contextId: number, kind: Kind): number {
  return (contextId << KIND_BITS) | kind;
}

/** Returns the reason for a negative code. */
export function refusalOf(code: number): Refusal {
  return REASONS[-1 - code];
}
