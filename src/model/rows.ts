/** One roll-up value of a metric: POSIX seconds of the interval's start, and the value. */
export type Point = [timestampSeconds: number, value: number];

/** A line of a report. A histogram or timing arrives as several. */
export interface MetricRow {
  /** Full name, the namespace and the aggregate's suffix (`.max`, `.95percentile`) included. */
  metric: string;
  points: Point[];
  type: 'gauge' | 'rate' | 'count';
  host: string | null;
  device: string | null;
  /** Each tag of the context once, then the constant tags. Their order has no meaning. */
  tags: string[];
  /** Seconds of the roll-up interval. */
  interval: number;
}

/** A line of a report that keeps every value, so that the server can compute percentiles over all processes. */
export interface DistributionRow {
  metric: string;
  points: [timestampSeconds: number, values: number[]][];
  type: 'distribution';
  host: string | null;
  device: string | null;
  tags: string[];
  /** Seconds of the roll-up interval. */
  interval: number;
}

/** An event as the intake takes it. Keys that were not set are absent. */
export interface EventRow {
  title: string;
  text: string;
  alert_type?: string;
  aggregation_key?: string;
  source_type_name?: string;
  /** POSIX seconds. */
  date_happened?: number;
  priority?: string;
  tags?: string[];
  host?: string;
}
