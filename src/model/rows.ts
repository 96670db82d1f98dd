/**
 * A value of a metric for one roll-up interval. The timestamp is the start of the interval in POSIX seconds, or a later second of it
 * if clients before this one have reported the interval. A later point of the same series and timestamp replaces this one.
 */
export type Point = [timestampSeconds: number, value: number];

/** One point of a metric. A histogram or timing is reported as several rows, one for each aggregate and percentile. */
export interface MetricRow {
  /** Full name, with the namespace and the suffix (`.max`, `.95percentile`). */
  metric: string;
  points: Point[];
  type: 'gauge' | 'rate' | 'count';
  host: string | null;
  device: string | null;
  /** Tags of the samples, then constant tags; each tag once. Their order has no meaning. */
  tags: string[];
  /** Length of the roll-up interval in seconds. */
  interval: number;
}

/** All values of a distribution in one interval. The server computes percentiles over all processes from them. */
export interface DistributionRow {
  metric: string;
  points: [timestampSeconds: number, values: number[]][];
  type: 'distribution';
  host: string | null;
  device: string | null;
  tags: string[];
  /** Length of the roll-up interval in seconds. */
  interval: number;
}

/** An event in the form that the intake accepts. Keys of options that were not given are absent. */
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
