// Warnings about metrics that arise while a sample is resolved. They reach `onError` in a microtask, because the callback may
// record, and the sample that caused the warning is only half recorded.

import { describeCrowds } from '../contexts/cardinality.js';
import type { ContextStore } from '../contexts/context-store.js';
import type { OnTwoKinds } from '../contexts/metric-names.js';
import { SampleError, ThreadStatsError } from '../diagnostics/errors.js';
import { isHostName } from '../model/hosts.js';
import { HISTOGRAM, KIND_NAMES, type Kind, TIMING } from '../model/kinds.js';
import { showValue } from '../model/text.js';
import { queueMicrotask } from '../runtime/real-timers.js';

/** Most names that are warned about. It limits the memory for names that the application generates. */
const MAX_NAMES_OF_TWO_KINDS = 100;

/** The kinds whose series have suffixes. */
const SAMPLED: ReadonlySet<Kind> = new Set([HISTOGRAM, TIMING]);

/** Returns a function that warns once about each name that is used as two kinds, for at most 100 names. */
export function warnTwoKinds(onError: (error: Error) => void): OnTwoKinds {
  const warned = new Set<string>();
  return (name, kind, otherKind, histogram) => {
    if (warned.has(name) || warned.size >= MAX_NAMES_OF_TWO_KINDS) return;
    warned.add(name);
    // Only the histogram or timing has a name that differs from its series'.
    const use = (of: Kind): string =>
      histogram !== undefined && SAMPLED.has(of) ? `by the ${KIND_NAMES[of]} ${showValue(histogram)}` : `as a ${KIND_NAMES[of]}`;
    const kinds = `both ${use(otherKind)} and ${use(kind)}`;
    const message = `${showValue(name)} is used ${kinds}. Both are reported, and may overwrite each other at the server: rename one`;
    queueMicrotask(() => onError(new ThreadStatsError('ERR_THREADSTATS_TWO_KINDS', message)));
  };
}

/** Warns that a name was cut. Call it for the first such name only. */
export function warnLongName(onError: (error: Error) => void, name: string, kind: Kind, maxCharacters: number): void {
  const finding = `The name ${showValue(name)} of a ${KIND_NAMES[kind]} has more than ${maxCharacters} characters`;
  const reason = 'Datadog keeps 200, those of suffixes such as `.95percentile` included';
  const message = `${finding} and is cut, because ${reason}. Names that agree up to there become one metric. Reported once`;
  queueMicrotask(() => onError(new ThreadStatsError('ERR_THREADSTATS_LONG_NAME', message)));
}

/** Returns a function that warns about the first host that names no machine. */
export function warnOddHost(onError: (error: Error) => void): (host: string) => void {
  let isWarned = false;
  return (host) => {
    if (isWarned || host === '' || isHostName(host)) return;
    isWarned = true;
    const advice = 'a host is a name as in DNS that differs from machine to machine, and not `localhost`';
    const message = `The host ${showValue(host)} does not name a machine: ${advice}. It is sent anyway. Reported once`;
    queueMicrotask(() => onError(new ThreadStatsError('ERR_THREADSTATS_HOST', message)));
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
