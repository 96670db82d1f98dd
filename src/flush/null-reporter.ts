import type { Reporter } from './reporter.js';

/** Throws every row away. */
export class NullReporter implements Reporter {
  flushMetrics(): void {}

  flushDistributions(): void {}

  flushEvents(): void {}
}
