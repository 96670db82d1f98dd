import type { Reporter } from './reporter.js';

/** Throws every row away: for measuring what recording alone costs, or for switching reporting off in one place. */
export class NullReporter implements Reporter {
  flushMetrics(): void {}

  flushDistributions(): void {}

  flushEvents(): void {}
}
