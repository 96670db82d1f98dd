// The end of a process that has nothing left to do. Node.js emits 'beforeExit' when the event loop is empty; a listener may
// start asynchronous work, which keeps the process alive. The event is not emitted for `process.exit()`, an uncaught
// exception or a signal: exit.ts and signals.ts are for those.

const flushes = new Set<() => Promise<unknown> | undefined>();

function flushAll(): void {
  // A flush that has work to do keeps the process alive, and Node.js emits the event again when the work is done.
  for (const flush of flushes) flush();
}

/**
 * Calls `flush` each time the event loop is empty. Returns a function that cancels this.
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
