/** Clients that flush when the process has nothing left to do. */
const clients = new Set<() => Promise<unknown> | undefined>();

function flushAll(): void {
  // A flush that had something to do keeps the process alive, and the event comes again when it is done.
  for (const flush of clients) flush();
}

/** Calls `flush` whenever the event loop runs empty, as the process is about to end by itself; gives the way to undo it. */
export function onBeforeExit(flush: () => Promise<unknown> | undefined): () => void {
  // One listener for all clients: many listeners draw a warning from Node.js.
  if (clients.size === 0) process.on('beforeExit', flushAll);
  clients.add(flush);
  return () => {
    clients.delete(flush);
    if (clients.size === 0) process.off('beforeExit', flushAll);
  };
}
