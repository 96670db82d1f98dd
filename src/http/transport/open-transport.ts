import { isPureJs } from '../../runtime/pure-js.js';
import { NodeTransport } from './node-transport.js';
import type { Transport, TransportOptions } from './transport.js';
import { openUndiciTransport } from './undici-transport.js';

/** undici where WebAssembly is present; node:http and node:https elsewhere, and where undici is missing (a bundle may leave it out). */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  if (isPureJs()) return new NodeTransport(options);
  return openUndiciTransport(options).catch(() => new NodeTransport(options));
}
