// The very end of a process, whether it ends by itself, by `process.exit()` or by an uncaught exception. Node.js then emits
// 'exit' and runs no further turn of the event loop, so only synchronous work is possible: a client hands its unsent data to
// its worker, if it has one, blocks until the worker has sent them, and tells what is lost. before-exit.ts is for asynchronous
// work.

import { nowMilliseconds } from './real-timers.js';

/** A client that acts at the exit of the process. */
export interface ExitHandler {
  /** Hands over what is unsent. Returns how many milliseconds to wait for it, or undefined if there is nothing to wait for. */
  handOver(): number | undefined;
  /** Blocks this thread until the data is sent, at most until `endMilliseconds` on the clock of `nowMilliseconds`. */
  wait(endMilliseconds: number): void;
  /** Counts and tells what was not sent. Nothing can be sent afterwards. */
  end(): void;
}

const handlers = new Set<ExitHandler>();

/** True once the process exits: no further turn of the event loop will come. */
export let isExiting = false;

function finishAll(): void {
  isExiting = true;
  const beginMilliseconds = nowMilliseconds();
  const all = [...handlers];
  // All clients hand over before the first one waits, so that their workers send at the same time.
  const waits = all.map((handler) => [handler, handler.handOver()] as const);
  for (const [handler, milliseconds] of waits) if (milliseconds !== undefined) handler.wait(beginMilliseconds + milliseconds);
  for (const handler of all) handler.end();
}

/** Calls the handler when the process exits. Returns a function that cancels this. */
export function onExit(handler: ExitHandler): () => void {
  // All clients share one listener, because Node.js warns about many.
  if (handlers.size === 0) process.on('exit', finishAll);
  handlers.add(handler);
  return () => {
    handlers.delete(handler);
    if (handlers.size === 0) process.off('exit', finishAll);
  };
}
