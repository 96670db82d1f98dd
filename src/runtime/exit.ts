/** A client whose worker is given time at the exit of the process. */
export interface ExitHandler {
  /** Hands over what is left; gives the milliseconds to wait for that, 0 when there is nothing to wait for. */
  handOver(): number;
  /** Waits, without a turn of the event loop, up to a moment of `performance.now`. */
  wait(endMilliseconds: number): void;
}

const clients = new Set<ExitHandler>();

/** Whether the process exits and waits, with no turn of the event loop to come. */
export let isExiting = false;

function finishAll(): void {
  isExiting = true;
  const beginMilliseconds = performance.now();
  // All before the first is waited for: they wait for the same time.
  const waits = [...clients].map((client) => [client, client.handOver()] as const);
  for (const [client, milliseconds] of waits) if (milliseconds > 0) client.wait(beginMilliseconds + milliseconds);
  isExiting = false;
}

/** Has the client finish when the process exits, by itself, by `process.exit` or by an uncaught exception; gives the way to undo it. */
export function onExit(client: ExitHandler): () => void {
  // One listener for all clients: many listeners draw a warning from Node.js.
  if (clients.size === 0) process.on('exit', finishAll);
  clients.add(client);
  return () => {
    clients.delete(client);
    if (clients.size === 0) process.off('exit', finishAll);
  };
}
