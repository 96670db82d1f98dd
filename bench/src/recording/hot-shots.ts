import { StatsD } from 'hot-shots';
import { clientCases, type Opened, setCases } from './clients.js';
import { CALLS, type Cases, COUNTER_NAME } from './shapes.js';

/** Creates a client that aggregates counters, gauges and sets. It has no socket, and keeps the messages that it would send. */
export function open(): Opened<StatsD> {
  const client = new StatsD({ mock: true, aggregation: { flushInterval: 3_600_000 } });
  // A message is `name:value|type|#tags`. A set has a message for each member, a histogram and a timing for each sample.
  const drain = async (): Promise<number> => {
    await new Promise<void>((resolve) => client.flush(() => resolve()));
    const messages = client.mockBuffer ?? [];
    client.mockBuffer = [];
    let sum = 0;
    for (const message of messages) {
      const [, value, type] = /^[^:]*:([^|]*)\|(\w+)/.exec(message) ?? [];
      sum += type === 'c' || type === 'g' ? Number(value) : 1;
    }
    return sum;
  };
  return { client, drain };
}

/** hot-shots with client-side aggregation, which supports counters, gauges and sets, and 5000 contexts by default. */
export const cases: Cases = {
  ...clientCases(open),
  ...setCases(open),

  recordTags() {
    const { client, drain } = open();
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME, 1, { route: '/home', status: '200' });
    };
    return { run, drain };
  },
};
