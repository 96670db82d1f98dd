// The scene that a demo plays. It is the same for every intake.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThreadStats } from 'threadstats';
import { type LoadResult, runLoad } from './load.js';
import { type Books, Service } from './service.js';

const MONITOR_RESOLUTION_MILLISECONDS = 5;
/** Delay after a whole second at which the client starts, so that every flush finds the previous second complete. */
const START_DELAY_MILLISECONDS = 20;
/** The load ends this long before the last second ends, so that its last requests still belong to that second. */
const END_MILLISECONDS = 150;

/** The counts of a scene that has ended. */
export interface SceneResult {
  /** The counts of the service. */
  readonly books: Books;
  /** The counts of its visitors. */
  readonly load: LoadResult;
  /** The longest delay of the event loop. */
  readonly longestDelayMilliseconds: number;
}

/**
 * Starts the client with a flush every second, and runs the service under load for this number of seconds or until the signal.
 * A deploy happens half-way. The client is not stopped.
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
    // The monitor measures the time from one tick to the next, which includes its resolution.
    const longestDelayMilliseconds = Math.max(delays.max / 1e6 - MONITOR_RESOLUTION_MILLISECONDS, 0);
    return { books: service.books, load, longestDelayMilliseconds };
  } finally {
    await service.close();
  }
}
