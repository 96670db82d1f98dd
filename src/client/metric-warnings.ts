// Warnings about metrics that arise while a sample is resolved. They reach `onError` in a microtask, because the callback may
// record, and the sample that caused the warning is only half recorded.

import { describeCrowds } from '../contexts/cardinality.js';
import type { ContextStore } from '../contexts/context-store.js';
import { SampleError, ThreadStatsError } from '../diagnostics/errors.js';
import { KIND_NAMES, type Kind } from '../model/kinds.js';
import { showValue } from '../model/text.js';

/** Most names that are warned about. It limits the memory for names that the application generates. */
const MAX_NAMES_OF_TWO_KINDS = 100;

/** Returns a function that warns once about each name that is used as two kinds, for at most 100 names. */
export function warnTwoKinds(onError: (error: Error) => void): (name: string, kind: Kind, otherKind: Kind) => void {
  const warned = new Set<string>();
  return (name, kind, otherKind) => {
    if (warned.has(name) || warned.size >= MAX_NAMES_OF_TWO_KINDS) return;
    warned.add(name);
    const kinds = `both as a ${KIND_NAMES[otherKind]} and as a ${KIND_NAMES[kind]}`;
    const message = `${showValue(name)} is used ${kinds}. Both are reported, and may overwrite each other at the server: rename one`;
    queueMicrotask(() => onError(new ThreadStatsError('ERR_THREADSTATS_TWO_KINDS', message)));
  };
}

/** Warns that a sample went to its metric's overflow context. Call it for the first such sample only. */
export function warnFolded(onError: (error: Error) => void, contexts: ContextStore, name: string, kind: Kind): void {
  queueMicrotask(() => {
    const sample = `a ${KIND_NAMES[kind]} sample of ${showValue(name)}`;
    const crowds = describeCrowds(contexts);
    const advice = 'raise `maxContexts`, or cut a tag that has too many values (`denyTagKeys`)';
    const message = `Folded ${sample} into the context of its metric that is tagged overflow:true (${crowds}): ${advice}. Reported once; telemetry.folded counts all`;
    onError(new SampleError('folded', message));
  });
}
