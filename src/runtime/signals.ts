import { builtin } from './builtin.js';
import { after, nextTurn } from './real-timers.js';

/**
 * The signals that `handleSignals` accepts: those that end a process which does not listen for them, and that a process can
 * listen for.
 */
export const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR2', 'SIGBREAK'] as const;

/** A signal that {@link StartOptions.handleSignals} accepts. */
export type Signal = (typeof SIGNALS)[number];

/**
 * A client that signals flush or stop. Neither promise may reject, and the promise of `stop` must settle.
 * @internal
 */
export interface SignalClient {
  flush(): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** A process that sends itself a signal ends by it in less time than this. */
const RAISE_MILLISECONDS = 100;

const clientsBySignal = new Map<Signal, Set<SignalClient>>();
let isEnding = false;

/**
 * Stops the client at one of the signals, and then ends the process by that signal. If the application listens for the
 * signal, too, the client is only flushed, and the application decides about the process.
 *
 * @returns A function that cancels this.
 * @internal
 */
export function onSignals(signals: readonly Signal[], client: SignalClient): () => void {
  for (const signal of signals) {
    const clients = clientsBySignal.get(signal) ?? new Set();
    clientsBySignal.set(signal, clients);
    // All clients share one listener. It comes first, because a listener that is registered with `once` is removed before it is
    // called, and would not be counted afterwards.
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

function clientsOf(signal: Signal): readonly SignalClient[] {
  return [...(clientsBySignal.get(signal) ?? [])];
}

/**
 * Key under which the listener of each copy of this package offers its clients. A process may have loaded one copy as ES modules
 * and one as CommonJS, of which the one that was called first acts for all.
 */
const clientsKey = Symbol.for('threadstats.signalClients');
type CopyListener = typeof listen & { readonly [clientsKey]: typeof clientsOf };
Object.assign(listen, { [clientsKey]: clientsOf });

function listenersOf(signal: Signal): CopyListener[] {
  return process.listeners(signal).filter((listener): listener is CopyListener => clientsKey in listener);
}

function listen(name: NodeJS.Signals): void {
  const signal = name as Signal;
  const copies = listenersOf(signal);
  if (copies[0] !== listen) return;
  const clients = copies.flatMap((copy) => copy[clientsKey](signal));
  if (process.listenerCount(signal) > copies.length) {
    for (const client of clients) client.flush();
  } else if (!isEnding) {
    // Further signals have no effect: a terminal and npm may both send the same one.
    isEnding = true;
    const stopped = Promise.allSettled(clients.map((client) => client.stop()));
    // The process ends a turn later, so that warnings of the stops are printed first.
    stopped.then(() => nextTurn()).then(() => end(signal));
  }
}

/** Ends the process as the signal would have ended it without the listener. */
function end(signal: Signal): void {
  for (const copy of listenersOf(signal)) process.off(signal, copy);
  // Signals do not end the first process of a container. It exits with the code that a shell reports for the signal.
  const { signals } = builtin('node:os').constants;
  after(RAISE_MILLISECONDS, () => process.exit(128 + signals[signal]));
  try {
    process.kill(process.pid, signal);
  } catch {
    // The runtime does not allow it.
  }
}
