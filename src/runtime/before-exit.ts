// The end of a process that has nothing left to do. Node.js emits 'beforeExit' when the event loop is empty; a listener may
// start asynchronous work, which keeps the process alive. The event is not emitted for `process.exit()`, an uncaught
// exception or a signal: exit.ts and signals.ts are for those.

import { nextTick, queueMicrotask } from './real-timers.js';

const flushes = new Set<() => Promise<unknown> | undefined>();

function flushAll(): void {
  // A flush that has work to do keeps the process alive, and Node.js emits the event again when the work is done.
  const idle = [...flushes].filter((flush) => flush() === undefined);
  // The listeners that follow may record, and the event is not emitted again for that. The tick comes after them, and after the
  // microtasks of those that are asynchronous.
  queueMicrotask(() => {
    nextTick(() => {
      for (const flush of idle) if (flushes.has(flush)) flush();
    });
  });
}

/**
 * Calls `flush` each time the event loop is empty, and once more after the other listeners of that moment if nothing was left to
 * flush. Returns a function that cancels this.
 *
 * @param flush Returns undefined if nothing is left to flush, so that the process ends.
 */
export function onBeforeExit(flush: () => Promise<unknown> | undefined): () => void {
  // All clients share one listener, because Node.js warns about many.
  if (flushes.size === 0) process.on('beforeExit', flushAll);
  flushes.add(flush);
  return () => {
    flushes.delete(flush);
    if (flushes.size === 0) process.off('beforeExit', flushAll);
  };
}
