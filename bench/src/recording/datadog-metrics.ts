import datadogMetrics from 'datadog-metrics';
import { clientCases, histogramCases, type Opened } from './clients.js';
import { type Cases, sumOfRows } from './shapes.js';

type Rows = Parameters<typeof sumOfRows>[0];
type Client = InstanceType<typeof datadogMetrics.BufferedMetricsLogger>;

function open(): Opened<Client> {
  let rows: Rows = [];
  const reporter = {
    async report(flushed: Rows) {
      rows = flushed;
    },
  };
  const client = new datadogMetrics.BufferedMetricsLogger({ reporter, flushIntervalSeconds: 0 });
  const drain = async (): Promise<number> => {
    rows = [];
    await client.flush();
    return sumOfRows(rows);
  };
  return { client, drain };
}

/** datadog-metrics, which aggregates in the process and sends over HTTP, as this project does. It has no sets and no handles. */
export const cases: Cases = { ...clientCases(open), ...histogramCases(open) };
