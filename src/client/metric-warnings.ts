// What `onError` hears of a metric's name amid the look-up of a sample.

import { describeCrowds } from '../contexts/cardinality.js';
import type { ContextStore } from '../contexts/context-store.js';
import { SampleError, ThreadStatsError } from '../diagnostics/errors.js';
import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { describe } from '../model/text.js';

/** A bound, for names that the application makes up without end. */
const MAX_NAMES_OF_TWO_KINDS = 100;

/** Gives what reports each name that is used as two kinds, once. */
export function reportTwoKinds(onError: (error: Error) => void): (name: string, kind: Kind, otherKind: Kind) => void {
  const reported = new Set<string>();
  return (name, kind, otherKind) => {
    if (reported.has(name) || reported.size >= MAX_NAMES_OF_TWO_KINDS) return;
    reported.add(name);
    const kinds = `${KIND_NAMES[otherKind]} and as ${KIND_NAMES[kind]}`;
    const message = `${JSON.stringify(name)} is used as ${kinds}; both are reported, and may overwrite each other at the server`;
    // Not now: the callback may record, and the sample that brought this to light is only half on its way.
    queueMicrotask(() => onError(new ThreadStatsError('ERR_THREADSTATS_TWO_KINDS', message)));
  };
}

/** Reports the first sample that an overflow context takes. */
export function reportFold(onError: (error: Error) => void, contexts: ContextStore, name: string, kind: Kind): void {
  // Not now, as above.
  queueMicrotask(() => {
    const sample = `a ${KIND_NAMES[kind]} sample of ${describe(name)}`;
    const crowds = describeCrowds(contexts);
    const advice = 'raise `maxContexts`, or cut a tag that has too many values (`denyTagKeys`)';
    const message = `Folded ${sample} into the context of its metric that is tagged overflow:true (${crowds}): ${advice}. Reported once; telemetry.folded counts all`;
    onError(new SampleError('folded', message));
  });
}
