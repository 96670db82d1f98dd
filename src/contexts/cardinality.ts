// Estimates how many series Datadog bills for the live contexts, and finds the metrics and tag keys that have most of them.

import { DISTRIBUTION, KIND_MASK, KIND_NAMES } from '../model/kinds.js';
import { showValue } from '../model/text.js';
import type { ContextStore } from './context-store.js';
import type { MetricNames } from './metric-names.js';
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
  const { names } = contexts;
  const seriesOf = (metricId: number): number => {
    const kind = metricId & KIND_MASK;
    return names.contextCount(metricId) * (kind === DISTRIBUTION ? SERIES_OF_DISTRIBUTION : seriesByKind[kind].length);
  };
  let total = 0;
  names.forEach((metricId) => {
    total += seriesOf(metricId);
  });
  const metrics = largest(names, MAX_METRICS, seriesOf).map(({ metricId, size }) => ({
    metric: names.text(metricId),
    kind: KIND_NAMES[metricId & KIND_MASK],
    contexts: names.contextCount(metricId),
    series: size,
  }));
  return { total, metrics };
}

/** Returns up to `count` metrics with the greatest sizes, in descending order. */
function largest(
  names: MetricNames,
  count: number,
  sizeOf: (metricId: number) => number,
): { readonly metricId: number; readonly size: number }[] {
  const found: { metricId: number; size: number }[] = [];
  names.forEach((metricId) => {
    const size = sizeOf(metricId);
    if (found.length === count) {
      if (size <= found[count - 1].size) return;
      found.pop();
    }
    let place = found.length;
    while (place > 0 && found[place - 1].size < size) place--;
    found.splice(place, 0, { metricId, size });
  });
  return found;
}

/**
 * Describes the metrics with most contexts and the tag keys with most values, for a message about too many contexts.
 * @internal
 */
export function describeCrowds(contexts: ContextStore): string {
  const { names } = contexts;
  const metrics = largest(names, MAX_NAMED, (metricId) => names.contextCount(metricId));
  const shown = metrics.map(({ metricId, size }) => `${showValue(names.text(metricId))} (${size})`);
  const step = Math.ceil(contexts.idEnd / MAX_CONTEXTS);
  const values = valuesByKey(contexts, step);
  const byKey = [...values].sort(([, a], [, b]) => b.size - a.size).slice(0, MAX_NAMED);
  const keys = byKey.map(([key, { size }]) => `${showValue(key)} (${step > 1 ? 'at least ' : ''}${size})`);
  const mostValues = keys.length > 0 ? `; tag keys with most values: ${keys.join(', ')}` : '';
  return `metrics with most contexts: ${shown.join(', ')}${mostValues}`;
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
