// What the intake received, second by second.

import type { Intake, ReceivedDistribution, ReceivedMetric } from '../intake/index.js';
import { ROUTES } from './routes.js';

/** One route in one second. */
export interface RouteSecond {
  readonly path: string;
  readonly requests: number;
  readonly failures: number;
  /** Undefined when the second has no request to the route. */
  readonly milliseconds: { readonly median: number; readonly p95: number; readonly max: number } | undefined;
  readonly responseBytes: number;
}

/** One second of the shop, as the intake knows it. */
export interface Second {
  readonly timestampSeconds: number;
  readonly routes: readonly RouteSecond[];
  /** Different users. */
  readonly users: number;
  /** At the end of the second. */
  readonly queueDepth: number;
  readonly queries: number;
  readonly queryMilliseconds: number;
  readonly renderMilliseconds: number;
}

type Row = ReceivedMetric | ReceivedDistribution;

/** Sorts the rows of an intake by the second that they are about, as they arrive. */
export class Seconds {
  readonly #intake: Intake;
  #metricsSeen = 0;
  #distributionsSeen = 0;
  readonly #rows = new Map<number, Row[]>();

  constructor(intake: Intake) {
    this.#intake = intake;
  }

  /** Takes out the seconds that have arrived whole; or, at the end, all that has arrived. Oldest first. */
  take(all = false): Second[] {
    const { metrics, distributions } = this.#intake;
    for (; this.#metricsSeen < metrics.length; this.#metricsSeen++) this.#add(metrics[this.#metricsSeen]);
    for (; this.#distributionsSeen < distributions.length; this.#distributionsSeen++)
      this.#add(distributions[this.#distributionsSeen]);
    const taken: Second[] = [];
    for (const [timestampSeconds, rows] of [...this.#rows].sort(([a], [b]) => a - b)) {
      // A flush reports metrics and distributions by a request each, and every second has some of both.
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

/** How many samples a row of a counter, or of a histogram's count, stands for: it is reported as a rate per second. */
export function countOf(row: ReceivedMetric): number {
  return row.points.reduce((sum, [, value]) => sum + value * row.interval, 0);
}

/** Sum of the values of a distribution. */
export function sumOf(row: ReceivedDistribution): number {
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

/** Whether a row of `shop.requests` is about failures. */
export function isFailure(row: ReceivedMetric): boolean {
  return row.tags.includes('status:503');
}

function metricsOf(rows: readonly Row[]): ReceivedMetric[] {
  return rows.filter((row) => row.type !== 'distribution');
}

function distributionsOf(rows: readonly Row[]): ReceivedDistribution[] {
  return rows.filter((row) => row.type === 'distribution');
}
