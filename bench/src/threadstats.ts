// The built package, imported by its name as in an application: install.mjs links it into node_modules.

import type { ThreadStats } from 'threadstats';

export { type EngineName, type MetricRow, type Reporter, ThreadStats } from 'threadstats';

/**
 * Returns a function that flushes the client's current interval as a timer does after its end. Amid an interval,
 * `flush(Infinity)` would keep it, and send its whole values again at the next call. The client reads a clock that is ahead by one more interval at
 * each call.
 */
export function intervalFlusher(client: ThreadStats): () => Promise<unknown> {
  let aheadMilliseconds = 0;
  return async () => {
    const { now } = Date;
    aheadMilliseconds += 10_000;
    Date.now = () => now() + aheadMilliseconds;
    try {
      return await client.flush();
    } finally {
      Date.now = now;
    }
  };
}
