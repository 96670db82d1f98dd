// The resolver returns a code. A positive code holds a context id and a kind, as the engine takes them. A negative code is the
// reason for which the sample is refused.

import { KIND_BITS, type Kind } from '../model/kinds.js';

/** The name is not a string, or normalises to the empty string. */
export const BAD_NAME = -1;

/** A tag is not a string, there are too many tags, or reading them recorded another sample. */
export const BAD_TAGS = -2;

/** The sample needs a new context, and there is no room for one. */
export const CONTEXT_LIMIT = -3;

const REASONS = ['badName', 'badTags', 'contextLimit'] as const;

/** The reason by which a refused sample is counted as dropped. */
export type Refusal = (typeof REASONS)[number];

/** Returns the code of a context's samples. It is positive, because the ids of contexts begin at 1. */
export function codeOf(contextId: number, kind: Kind): number {
  return (contextId << KIND_BITS) | kind;
}

/** Returns the reason for a negative code. */
export function refusalOf(code: number): Refusal {
  return REASONS[-1 - code];
}
