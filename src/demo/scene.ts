// What happens in a demo, wherever its metrics go.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThreadStats } from '../index.js';
import { type LoadResult, runLoad } from './load.js';
import { type Books, Service } from './service.js';

const MONITOR_RESOLUTION_MILLISECONDS = 5;
/** After a whole second, so that every flush finds the second before it complete. */
const START_DELAY_MILLISECONDS = 20;
/** Before the end of the last second, so that the last requests still belong to it. */
const END_MILLISECONDS = 150;

/** How the scene went. */
export interface SceneResult {
  /** What the service counted. */
  readonly books: Books;
  /** What its visitors counted. */
  readonly load: LoadResult;
  /** By which the event loop was late at worst. */
  readonly longestDelayMilliseconds: number;
}

/**
 * Starts the client, reporting every second, and runs the service under load for that many seconds or until the signal, with a
 * deploy half-way. The client is left running.
 */
export async function playScene(stats: ThreadStats, seconds: number, signal: AbortSignal): Promise<SceneResult> {
  const service = new Service(stats);
  const origin = await service.listen();
  try {
    await sleep(1000 - (Date.now() % 1000) + START_DELAY_MILLISECONDS);
    stats.start({ flushInterval: 1, rollUpInterval: 1 });
    const delays = monitorEventLoopDelay({ resolution: MONITOR_RESOLUTION_MILLISECONDS });
    delays.enable();
    const deploy = setTimeout(() => service.deploy(), seconds * 500);
    const load = await runLoad(origin, seconds * 1000 - END_MILLISECONDS, signal);
    clearTimeout(deploy);
    delays.disable();
    // Its values are the times between two ticks.
    const longestDelayMilliseconds = Math.max(delays.max / 1e6 - MONITOR_RESOLUTION_MILLISECONDS, 0);
    return { books: service.books, load, longestDelayMilliseconds };
  } finally {
    await service.close();
  }
}
