import type { AsyncLocalStorage } from 'node:async_hooks';
import { builtin } from '../runtime/builtin.js';

/**
 * Knows whether code runs on behalf of a call of an application's reporter. Such code must not wait for a flush, because the flush
 * waits for it.
 */
export class ReporterCalls {
  #storage: AsyncLocalStorage<{ isRunning: boolean }> | undefined;
  #running = 0;

  /** Calls a reporter. */
  async run(call: () => void | Promise<void>): Promise<void> {
    this.#storage ??= openStorage();
    if (this.#storage === undefined) return call();
    const state = { isRunning: true };
    this.#running++;
    try {
      await this.#storage.run(state, call);
    } finally {
      // What the reporter has begun, such as a timer, may go on in this context.
      state.isRunning = false;
      // Up to Node.js 22, a storage in use slows down every promise of the process.
      if (--this.#running === 0) this.#storage.disable();
    }
  }

  /** Whether a call of a reporter that has not settled yet has led to this moment. */
  get isInside(): boolean {
    return this.#running > 0 && this.#storage?.getStore()?.isRunning === true;
  }
}

function openStorage(): AsyncLocalStorage<{ isRunning: boolean }> | undefined {
  try {
    return new (builtin('node:async_hooks').AsyncLocalStorage)();
  } catch {
    // The runtime has none. A reporter that waits for its own flush then waits for ever.
    return undefined;
  }
}
