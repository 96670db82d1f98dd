import { optionalBuiltin } from './builtin.js';

const { AsyncResource } = optionalBuiltin('node:async_hooks') ?? {};
const resource = AsyncResource && new AsyncResource('threadstats');

/**
 * Calls a function in the asynchronous context in which this package was loaded. What it begins (timers, connections, threads)
 * then belongs to the process. Otherwise it would keep the AsyncLocalStorage stores of the request that happened to start the
 * client or to flush it, and everything that happens later, such as calls of `onError`, would seem to be part of that request.
 */
export function inOwnContext<Result>(run: () => Result): Result {
  return resource === undefined ? run() : resource.runInAsyncScope(run);
}
