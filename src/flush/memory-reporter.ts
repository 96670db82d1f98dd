import type { DistributionRow, EventRow, MetricRow } from '../model/rows.js';
import type { Reporter } from './reporter.js';

/** Keeps all rows in memory, in the order of arrival and without a limit, for tests of code that records metrics. */
export class MemoryReporter implements Reporter {
  readonly metrics: MetricRow[] = [];
  readonly distributions: DistributionRow[] = [];
  readonly events: EventRow[] = [];

  flushMetrics(rows: MetricRow[]): void {
    for (const row of rows) this.metrics.push(row);
  }

  flushDistributions(rows: DistributionRow[]): void {
    for (const row of rows) this.distributions.push(row);
  }

  flushEvents(events: EventRow[]): void {
    for (const event of events) this.events.push(event);
  }

  /** Removes all rows. The three arrays remain the same objects. */
  clear(): void {
    this.metrics.length = 0;
    this.distributions.length = 0;
    this.events.length = 0;
  }
}
