import { isPureJs } from '../../runtime/pure-js.js';
import { NodeTransport } from './node-transport.js';
import type { Transport, TransportOptions } from './transport.js';
import { openUndiciTransport } from './undici-transport.js';

/** Opens a transport. */
export type OpenTransport = (options: TransportOptions) => Promise<Transport>;

/**
 * Uses undici. Without WebAssembly, and where undici is missing because a bundle left it out, it uses node:http and node:https.
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  if (isPureJs()) return new NodeTransport(options);
  return openUndiciTransport(options).catch(() => new NodeTransport(options));
}
