// The end of a process that has nothing left to do. Node.js emits 'beforeExit' when the event loop is empty; a listener may
// start asynchronous work, which keeps the process alive. The event is not emitted for `process.exit()`, an uncaught
// exception or a signal: exit.ts and signals.ts are for those.

import { nextTick, queueMicrotask, setImmediate } from './real-timers.js';

/** A client that acts when the event loop is empty. */
export interface BeforeExitHandler {
  /** Flushes what is left. Returns undefined if nothing is left to flush, so that the process ends. */
  flush(): Promise<unknown> | undefined;
  /** Whether {@link flush} would find something. A handler whose process goes on after the event has none. */
  hasMore?(): boolean;
}

const handlers = new Set<BeforeExitHandler>();

function flushAll(): void {
  // A flush that has work to do keeps the process alive, and Node.js emits the event again when the work is done.
  const idle = [...handlers].filter((handler) => handler.flush() === undefined);
  // The listeners that follow may record. The tick comes after them, and after the microtasks of those that are asynchronous.
  queueMicrotask(() => {
    nextTick(() => {
      // The immediate makes Node.js emit the event again, unless the application keeps the process alive anyway.
      if (idle.some((handler) => handlers.has(handler) && handler.hasMore?.())) setImmediate(() => {});
    });
  });
}

/** Calls the handler each time the event loop is empty. Returns a function that cancels this. */
export function onBeforeExit(handler: BeforeExitHandler): () => void {
  // All clients share one listener, because Node.js warns about many.
  if (handlers.size === 0) process.on('beforeExit', flushAll);
  handlers.add(handler);
  return () => {
    handlers.delete(handler);
    if (handlers.size === 0) process.off('beforeExit', flushAll);
  };
}
