import { constants } from 'node:os';

// What ends a process that does not listen for it, and can be listened for.
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'] as const;
export type Signal = (typeof SIGNALS)[number];

/** What a signal does to a client. Neither promise may reject, and a stop must end. */
export interface SignalClient {
  flush(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Longer than a signal takes that ends the process. */
const RAISE_MILLISECONDS = 100;

const clientsBySignal = new Map<Signal, Set<SignalClient>>();
let isEnding = false;

/**
 * Stops the client when one of the signals comes, and then ends the process by that signal; or, when the application listens
 * for it too, flushes the client and leaves the rest to the application. Gives the way to undo it.
 */
export function onSignals(signals: readonly Signal[], client: SignalClient): () => void {
  for (const signal of signals) {
    const clients = clientsBySignal.get(signal) ?? new Set();
    clientsBySignal.set(signal, clients);
    // One listener for all clients. The first of all, or else it would not see those that are called once.
    if (clients.size === 0) process.prependListener(signal, listen);
    clients.add(client);
  }
  return () => {
    for (const signal of signals) {
      const clients = clientsBySignal.get(signal);
      if (clients?.delete(client) && clients.size === 0) process.off(signal, listen);
    }
  };
}

function listen(name: NodeJS.Signals): void {
  const signal = name as Signal;
  const clients = [...(clientsBySignal.get(signal) ?? [])];
  if (process.listenerCount(signal) > 1) {
    for (const client of clients) client.flush();
  } else if (!isEnding) {
    // Further signals change nothing: a terminal and npm may both send the one that is meant.
    isEnding = true;
    const stopped = Promise.allSettled(clients.map((client) => client.stop()));
    // A turn later: what the stops had to warn of is printed first.
    stopped.then(() => setImmediate(end, signal));
  }
}

/** Ends the process as it would have ended without the listener. */
function end(signal: Signal): void {
  process.off(signal, listen);
  // The first process of a container is not ended by the signal; its exit code then says the same.
  setTimeout(() => process.exit(128 + constants.signals[signal]), RAISE_MILLISECONDS);
  try {
    process.kill(process.pid, signal);
  } catch {
    // A runtime that does not let it.
  }
}
