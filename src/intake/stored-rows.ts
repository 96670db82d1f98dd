import { normalizeHost } from '../model/hosts.js';
import { normalizeName, normalizeTag } from '../model/normalize.js';
import type { Point } from '../model/rows.js';
import { checkSearch } from './check-arguments.js';
import type { ReceivedDistribution, ReceivedMetric } from './received-rows.js';

const DEVICE_TAG = 'device:';

/**
 * One series of a metric as Datadog would keep it. A series is a combination of name, host and tags; the device is one of the
 * tags, and neither the order of tags nor the version of the API makes a difference.
 */
export interface StoredMetric {
  /** Normalised name. */
  metric: string;
  /** Type of the row that was received last. */
  type: ReceivedMetric['type'];
  /** Normalised host; null for a series without one. An empty host is none. */
  host: string | null;
  /** Normalised tags with the device as `device:sda`, each once and sorted. */
  tags: string[];
  /** Interval in seconds of the row that was received last; 0 when it had none. */
  interval: number;
  /** One point for each second: the one that was received last. They are sorted by time. */
  points: Point[];
  /**
   * Sum of the points of a counter, whether it was sent as counts or as rates: a rate is multiplied by its interval. Null when a
   * point is neither a count nor a rate with an interval.
   */
  total: number | null;
}

/** One series of a distribution as Datadog would keep it. */
export interface StoredDistribution {
  /** Normalised name. */
  metric: string;
  /** Normalised host; null for a series without one. An empty host is none. */
  host: string | null;
  /** Normalised tags with the device as `device:sda`, each once and sorted. */
  tags: string[];
  /** All values that were received for each second, in the order of their arrival. The seconds are sorted. */
  points: [timestampSeconds: number, values: number[]][];
}

interface Series {
  metric: string;
  host: string | null;
  tags: string[];
}

/** A point before it is known whether a later one replaces it. */
interface LastPoint {
  value: number;
  type: ReceivedMetric['type'];
  interval: number;
}

function storedTag(tag: string): string {
  // Datadog does not change the case of devices.
  return tag.startsWith(DEVICE_TAG) ? tag : normalizeTag(tag);
}

function seriesOf(row: ReceivedMetric | ReceivedDistribution): Series {
  const tags = row.tags.map(storedTag).filter((tag) => tag !== '');
  if (row.device) tags.push(DEVICE_TAG + row.device);
  return { metric: normalizeName(row.metric), host: normalizeHost(row.host ?? '') || null, tags: [...new Set(tags)].sort() };
}

/** Adds the rows up by series and second. Rows without a name that Datadog would keep are left out. */
function groupPoints<R extends ReceivedMetric | ReceivedDistribution, P>(
  rows: readonly R[],
  add: (old: P | undefined, value: R['points'][number][1], row: R) => P,
): { series: Series; last: R; points: [timestampSeconds: number, point: P][] }[] {
  const groups = new Map<string, { series: Series; last: R; bySecond: Map<number, P> }>();
  for (const row of rows) {
    const series = seriesOf(row);
    if (series.metric === '') continue;
    const key = JSON.stringify(series);
    const group = groups.get(key) ?? { series, last: row, bySecond: new Map<number, P>() };
    groups.set(key, group);
    group.last = row;
    for (const [timestamp, value] of row.points) {
      const second = Math.floor(timestamp);
      group.bySecond.set(second, add(group.bySecond.get(second), value, row));
    }
  }
  return [...groups.values()].map(({ series, last, bySecond }) => ({
    series,
    last,
    points: [...bySecond].sort(([a], [b]) => a - b),
  }));
}

function countOf({ value, type, interval }: LastPoint): number | null {
  if (type === 'count') return value;
  return type === 'rate' && interval > 0 ? value * interval : null;
}

function storeMetrics(rows: readonly ReceivedMetric[]): StoredMetric[] {
  const groups = groupPoints<ReceivedMetric, LastPoint>(rows, (_, value, { type, interval }) => ({ value, type, interval }));
  return groups.map(({ series, last, points }) => ({
    ...series,
    type: last.type,
    interval: last.interval,
    points: points.map(([second, { value }]) => [second, value]),
    total: points.reduce<number | null>((sum, [, point]) => {
      const count = countOf(point);
      return sum === null || count === null ? null : sum + count;
    }, 0),
  }));
}

function storeDistributions(rows: readonly ReceivedDistribution[]): StoredDistribution[] {
  const groups = groupPoints<ReceivedDistribution, number[]>(rows, (old = [], values) => {
    // Not push(...values): a point may hold more values than a call may have arguments.
    for (const value of values) old.push(value);
    return old;
  });
  return groups.map(({ series, points }) => ({ ...series, points }));
}

function filterSeries<T extends Series>(list: readonly T[], name: string, tags: readonly string[]): T[] {
  checkSearch(name, tags);
  const metric = normalizeName(name);
  const wanted = tags.map(storedTag);
  return list.filter((series) => series.metric === metric && wanted.every((tag) => series.tags.includes(tag)));
}

/**
 * The series that Datadog would keep of everything that an intake has accepted, which `intake.stored()` returns. It does not
 * change when more requests arrive.
 *
 * Datadog keeps one point for each series and second, and a later one replaces it; it adds up the values of distributions. So this
 * shows what a graph would show, where `intake.metrics` lists what was sent.
 */
export class StoredRows {
  /** The series of all metrics, in the order of their first rows. */
  readonly metrics: readonly StoredMetric[];
  /** The series of all distributions, in the order of their first rows. */
  readonly distributions: readonly StoredDistribution[];

  /** @internal */
  constructor(metrics: readonly ReceivedMetric[], distributions: readonly ReceivedDistribution[]) {
    this.metrics = storeMetrics(metrics);
    this.distributions = storeDistributions(distributions);
  }

  /**
   * Returns the series of this name that have all of these tags. They may have other tags as well. Name and tags are normalised as
   * Datadog does it, so they may be given as the application records them.
   */
  metric(name: string, tags: readonly string[] = []): StoredMetric[] {
    return filterSeries(this.metrics, name, tags);
  }

  /** Returns the series of this distribution that have all of these tags, which are given as for `metric()`. */
  distribution(name: string, tags: readonly string[] = []): StoredDistribution[] {
    return filterSeries(this.distributions, name, tags);
  }

  /**
   * Returns how much was counted: the sum over all points of a counter's series that have all of these tags, whether it was sent
   * as counts or as rates. Returns 0 when there are none, also for a name that never arrived. Throws a TypeError when a point is
   * neither a count nor a rate with an interval.
   */
  total(name: string, tags: readonly string[] = []): number {
    return this.metric(name, tags).reduce((sum, { metric, total }) => {
      if (total === null) throw new TypeError(`${metric} has points that are neither counts nor rates with an interval`);
      return sum + total;
    }, 0);
  }

  /**
   * Returns all values of a distribution's series that have all of these tags, series by series in order of time; none for a name
   * that never arrived.
   */
  values(name: string, tags: readonly string[] = []): number[] {
    return this.distribution(name, tags).flatMap(({ points }) => points.flatMap(([, values]) => values));
  }
}
