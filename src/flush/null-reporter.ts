import type { Reporter } from './reporter.js';

/** Discards all rows. */
export class NullReporter implements Reporter {
  flushMetrics(): void {}

  flushDistributions(): void {}

  flushEvents(): void {}
}
