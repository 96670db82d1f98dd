// Turns the rows that the intake received into one summary for each second.

import type { Intake, ReceivedDistribution, ReceivedMetric } from 'threadstats/intake';
import { ROUTES } from './routes.js';

/** One route during one second. */
export interface RouteSecond {
  readonly path: string;
  readonly requests: number;
  readonly failures: number;
  /** Undefined if the route had no request in this second. */
  readonly milliseconds: { readonly median: number; readonly p95: number; readonly max: number } | undefined;
  readonly responseBytes: number;
}

/** One second of the shop, computed from what the intake received. */
export interface Second {
  readonly timestampSeconds: number;
  readonly routes: readonly RouteSecond[];
  /** Number of different users. */
  readonly users: number;
  /** Number of queries that waited at the end of the second. */
  readonly queueDepth: number;
  readonly queries: number;
  readonly queryMilliseconds: number;
  readonly renderMilliseconds: number;
}

type Row = ReceivedMetric | ReceivedDistribution;

/** Groups the rows of an intake by their second, as they arrive. */
export class Seconds {
  readonly #intake: Intake;
  #metricsSeen = 0;
  #distributionsSeen = 0;
  readonly #rows = new Map<number, Row[]>();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** Removes and returns the seconds that have arrived completely, or, with `all`, everything that has arrived. Oldest first. */
  take(all = false): Second[] {
    const { metrics, distributions } = this.#intake;
    for (; this.#metricsSeen < metrics.length; this.#metricsSeen++) this.#add(metrics[this.#metricsSeen]);
    for (; this.#distributionsSeen < distributions.length; this.#distributionsSeen++)
      this.#add(distributions[this.#distributionsSeen]);
    const taken: Second[] = [];
    for (const [timestampSeconds, rows] of [...this.#rows].sort(([a], [b]) => a - b)) {
      // A flush sends metrics and distributions in separate requests, and every second has both.
      if (!all && new Set(rows.map((row) => row.type === 'distribution')).size < 2) continue;
      taken.push(toSecond(timestampSeconds, rows));
      this.#rows.delete(timestampSeconds);
    }
    return taken;
  }

  #add(row: Row): void {
    const [timestampSeconds] = row.points[0];
    const rows = this.#rows.get(timestampSeconds);
    if (rows === undefined) this.#rows.set(timestampSeconds, [row]);
    else rows.push(row);
  }
}

/** Returns the number of samples in a row of a counter or of a histogram's count, which are reported as rates per second. */
function countOf(row: ReceivedMetric): number {
  return row.points.reduce((sum, [, value]) => sum + value * row.interval, 0);
}

/** Returns the sum of the values of a distribution. */
function sumOf(row: ReceivedDistribution): number {
  return row.points.reduce((sum, [, values]) => sum + values.reduce((a, b) => a + b, 0), 0);
}

function toSecond(timestampSeconds: number, rows: readonly Row[]): Second {
  const named = (metric: string, tag?: string): Row[] =>
    rows.filter((row) => row.metric === `shop.${metric}` && (tag === undefined || row.tags.includes(tag)));
  const value = (metric: string, tag?: string): number | undefined =>
    metricsOf(named(metric, tag)).map(({ points }) => points[0][1])[0];
  const count = (metric: string, tag?: string): number =>
    metricsOf(named(metric, tag)).reduce((sum, row) => sum + countOf(row), 0);

  return {
    timestampSeconds,
    routes: ROUTES.map(({ path }) => {
      const tag = `route:${path}`;
      const requests = metricsOf(named('requests', tag));
      const [median, p95, max] = ['50percentile', '95percentile', 'max'].map((suffix) => value(`request.seconds.${suffix}`, tag));
      return {
        path,
        requests: requests.reduce((sum, row) => sum + countOf(row), 0),
        failures: requests.filter(isFailure).reduce((sum, row) => sum + countOf(row), 0),
        milliseconds:
          median === undefined || p95 === undefined || max === undefined
            ? undefined
            : { median: median * 1000, p95: p95 * 1000, max: max * 1000 },
        responseBytes: distributionsOf(named('response.bytes', tag)).reduce((sum, row) => sum + sumOf(row), 0),
      };
    }),
    users: value('users') ?? 0,
    queueDepth: value('db.queue.depth') ?? 0,
    queries: count('db.query.seconds.count'),
    queryMilliseconds: (value('db.query.seconds.avg') ?? 0) * 1000,
    renderMilliseconds: (value('render.seconds.avg') ?? 0) * 1000,
  };
}

/** Returns whether a row of `shop.requests` counts failures. */
function isFailure(row: ReceivedMetric): boolean {
  return row.tags.includes('status:503');
}

function metricsOf(rows: readonly Row[]): ReceivedMetric[] {
  return rows.filter((row) => row.type !== 'distribution');
}

function distributionsOf(rows: readonly Row[]): ReceivedDistribution[] {
  return rows.filter((row) => row.type === 'distribution');
}
