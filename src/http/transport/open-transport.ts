import { BurstTransport } from './burst-transport.js';
import type { Dispatcher } from './dispatcher.js';
import { DispatcherTransport } from './dispatcher-transport.js';
import { NodeTransport } from './node-transport.js';
import type { Transport, TransportOptions } from './transport.js';

/** Opens a transport. Does not connect before there is a request. */
export type OpenTransport = (options: TransportOptions, dispatcher?: Dispatcher) => Transport;

/** The transports of the main thread. `docs/architecture.md` says which one sends when, and why. */
export const openTransport: OpenTransport = (options, dispatcher) => {
  if (dispatcher !== undefined) return new DispatcherTransport(dispatcher, options.server.origin);
  // undici would need a tunnel of its own for a proxy.
  if (options.proxy !== undefined) return new NodeTransport(options);
  return new BurstTransport(options);
};
