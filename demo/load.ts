import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from './http-client.js';
import { ROUTES, type Route } from './routes.js';

/** Visitors who stay all the time. */
const VISITORS = 20;
/** More visitors during the rush hour, which is the middle third. */
const RUSH_HOUR_VISITORS = 20;
/** Number of users. Each visit is made by one of them, picked at random. */
const USERS = 3000;
const MEAN_PAUSE_MILLISECONDS = 12;

/** The counts of the visitors. */
export interface LoadResult {
  responses: number;
  failures: number;
  responseBytes: number;
}

/** Visits the shop for this time or until the signal. Resolves when every request has got its response. */
export async function runLoad(origin: string, milliseconds: number, signal: AbortSignal): Promise<LoadResult> {
  const client = new HttpClient(origin);
  const result: LoadResult = { responses: 0, failures: 0, responseBytes: 0 };
  const beginMilliseconds = performance.now();
  const rushHour = sleep(milliseconds / 3, undefined, { signal }).catch(() => {});

  async function visit(toMilliseconds: number): Promise<void> {
    while (!signal.aborted && performance.now() - beginMilliseconds < toMilliseconds) {
      const { method, path } = pickRoute();
      const { status, bodyBytes } = await client.send(method, path, { 'x-user': `user-${Math.floor(Math.random() * USERS)}` });
      result.responses++;
      result.failures += status === 200 ? 0 : 1;
      result.responseBytes += bodyBytes;
      await sleep(Math.random() * 2 * MEAN_PAUSE_MILLISECONDS);
    }
  }

  try {
    await Promise.all([
      ...Array.from({ length: VISITORS }, () => visit(milliseconds)),
      ...Array.from({ length: RUSH_HOUR_VISITORS }, () => rushHour.then(() => visit((milliseconds * 2) / 3))),
    ]);
  } finally {
    client.close();
  }
  return result;
}

function pickRoute(): Route {
  let rest = Math.random();
  for (const route of ROUTES) {
    rest -= route.share;
    if (rest < 0) return route;
  }
  return ROUTES[0];
}
