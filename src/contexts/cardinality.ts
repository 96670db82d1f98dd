// Estimates how many series Datadog bills for the live contexts, and finds the metrics and tag keys that have most of them.

import { DISTRIBUTION, KIND_NAMES } from '../model/kinds.js';
import { showValue } from '../model/text.js';
import type { ContextStore } from './context-store.js';
import { keyOf } from './tag-key-filter.js';

/**
 * An estimate of the custom metrics that Datadog bills for the live contexts. It assumes an account that is billed by custom metrics
 * (combinations of name, tags and host), that no percentiles of distributions are enabled (they add five for each combination of
 * tags that can be queried), that no tags are excluded at the server, and that no other process reports the same series. Accounts
 * that are priced by metric names count differently: look at the number of names then.
 */
export interface BillableSeries {
  /**
   * Number of series. The context of a counter, gauge or set counts as one, that of a distribution as five, and that of a
   * histogram or timing as one for each aggregate and percentile.
   */
  readonly total: number;
  /** The 20 metrics with the most series, in descending order. */
  readonly metrics: readonly {
    readonly metric: string;
    readonly kind: string;
    readonly contexts: number;
    readonly series: number;
  }[];
}

/** Most metrics that telemetry lists. */
const MAX_METRICS = 20;

/** Most metrics and most tag keys that a message names. */
const MAX_NAMED = 3;

/** Most contexts whose tags are read for a message, which takes a few milliseconds. */
const MAX_CONTEXTS = 16_384;

/** A distribution is billed as count, sum, min, max and avg. */
const SERIES_OF_DISTRIBUTION = 5;

/** @internal */
export function billableSeries(contexts: ContextStore, seriesByKind: readonly (readonly unknown[])[]): BillableSeries {
  const metrics: BillableSeries['metrics'][number][] = [];
  let total = 0;
  for (const metric of contexts.metrics) {
    if (metric === undefined) continue;
    const { text, kind, contexts: count } = metric;
    const series = count * (kind === DISTRIBUTION ? SERIES_OF_DISTRIBUTION : seriesByKind[kind].length);
    total += series;
    if (metrics.length === MAX_METRICS) {
      if (series <= metrics[MAX_METRICS - 1].series) continue;
      metrics.pop();
    }
    let place = metrics.length;
    while (place > 0 && metrics[place - 1].series < series) place--;
    metrics.splice(place, 0, { metric: text, kind: KIND_NAMES[kind], contexts: count, series });
  }
  return { total, metrics };
}

/**
 * Describes the metrics with most contexts and the tag keys with most values, for a message about too many contexts.
 * @internal
 */
export function describeCrowds(contexts: ContextStore): string {
  const largest = contexts.metrics
    .filter((metric) => metric !== undefined)
    .sort((a, b) => b.contexts - a.contexts)
    .slice(0, MAX_NAMED);
  const names = largest.map(({ text, contexts: count }) => `${showValue(text)} (${count})`);
  const step = Math.ceil(contexts.idEnd / MAX_CONTEXTS);
  const values = valuesByKey(contexts, step);
  const byKey = [...values].sort(([, a], [, b]) => b.size - a.size).slice(0, MAX_NAMED);
  const keys = byKey.map(([key, { size }]) => `${showValue(key)} (${step > 1 ? 'at least ' : ''}${size})`);
  const mostValues = keys.length > 0 ? `; tag keys with most values: ${keys.join(', ')}` : '';
  return `metrics with most contexts: ${names.join(', ')}${mostValues}`;
}

/** Returns the ids of the tags of every `step`-th context, by the tags' keys. */
function valuesByKey(contexts: ContextStore, step: number): Map<string, Set<number>> {
  const values = new Map<string, Set<number>>();
  for (let contextId = 1; contextId < contexts.idEnd; contextId += step) {
    if (!contexts.isLive(contextId)) continue;
    for (const tagId of contexts.tagIds(contextId)) {
      const key = keyOf(contexts.tags.strings[tagId]);
      const ids = values.get(key);
      if (ids === undefined) values.set(key, new Set([tagId]));
      else ids.add(tagId);
    }
  }
  return values;
}
