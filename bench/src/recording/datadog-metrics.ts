import { BufferedMetricsLogger } from '../datadog-metrics.js';
import { clientCases, histogramCases, type Opened } from './clients.js';
import { type Cases, sumOfRows } from './shapes.js';

type Rows = Parameters<typeof sumOfRows>[0];

type LoggerOptions = ConstructorParameters<typeof BufferedMetricsLogger>[0];

export function openLogger(options: LoggerOptions = {}): Opened<BufferedMetricsLogger> {
  let rows: Rows = [];
  const reporter = {
    async report(flushed: Rows) {
      rows = flushed;
    },
  };
  const client = new BufferedMetricsLogger({ ...options, reporter, flushIntervalSeconds: 0 });
  const drain = async (): Promise<number> => {
    await client.flush();
    const sum = sumOfRows(rows);
    // The next calls are not timed beside rows that V8 has to keep.
    rows = [];
    return sum;
  };
  return { client, drain };
}

/** datadog-metrics aggregates in the process and sends over HTTP, as this project does. It has no sets and no handles. */
export const cases: Cases = { ...clientCases(() => openLogger()), ...histogramCases(() => openLogger()) };
