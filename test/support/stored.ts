import type { DistributionRow, MetricRow } from '../../src/index.js';

/** Rows, as a MemoryReporter and the fake intake have them. */
export interface Rows {
  readonly metrics: readonly (Pick<MetricRow, 'metric' | 'points' | 'host' | 'tags' | 'interval'> & { readonly type: string })[];
  readonly distributions: readonly Pick<DistributionRow, 'metric' | 'points' | 'host' | 'tags'>[];
}

interface StoredPoint {
  readonly metric: string;
  readonly tags: string;
  readonly second: number;
  readonly value: number;
  /** The value of a rate for all seconds of its interval; any other value as it is. */
  readonly total: number;
}

/** What the server keeps of rows: the last point of each series and second. The values of distributions add up. */
export class Stored {
  readonly points: readonly StoredPoint[];
  readonly #distributions: Rows['distributions'];

  constructor({ metrics, distributions }: Rows) {
    const kept = new Map<string, StoredPoint>();
    for (const { metric, points, type, host, tags, interval } of metrics) {
      for (const [second, value] of points) {
        const series = tags.toSorted().join();
        const total = type === 'rate' ? value * interval : value;
        kept.set(JSON.stringify([metric, host, series, second]), { metric, tags: series, second, value, total });
      }
    }
    this.points = [...kept.values()];
    this.#distributions = distributions;
  }

  /** The points of a metric, the oldest first. */
  of(metric: string): readonly StoredPoint[] {
    return this.points.filter((point) => point.metric === metric).sort((a, b) => a.second - b.second);
  }

  /**
   * The total of a counter, or of the `.count` of a histogram, rounded to a millionth: of all points, or of those with a tag in an
   * interval.
   */
  total(metric: string, tag?: string, startSeconds = Number.NEGATIVE_INFINITY, lengthSeconds = Number.POSITIVE_INFINITY): number {
    let sum = 0;
    for (const { tags, second, total } of this.of(metric)) {
      const isInInterval =
        startSeconds === Number.NEGATIVE_INFINITY || Math.floor(second / lengthSeconds) * lengthSeconds === startSeconds;
      if ((tag === undefined || tags.split(',').includes(tag)) && isInInterval) sum += total;
    }
    return Math.round(sum * 1e6) / 1e6;
  }

  /** All values of a distribution, ascending. */
  values(metric: string): readonly number[] {
    const rows = this.#distributions.filter((row) => row.metric === metric);
    return rows.flatMap(({ points }) => points.flatMap(([, values]) => values)).sort((a, b) => a - b);
  }
}
