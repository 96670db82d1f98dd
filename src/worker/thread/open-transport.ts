// Stands in the place of reporters/choose-transport.ts in the worker.

import { NodeTransport } from '../../http/transport/node-transport.js';
import type { Transport, TransportOptions } from '../../http/transport/transport.js';
import { type AcceptedRequests, RememberingTransport } from './accepted-requests.js';

let accepted: AcceptedRequests;

/** Decides what knows the requests that were accepted; called before the first is sent. */
export function setAccepted(requests: AcceptedRequests): void {
  accepted = requests;
}

/**
 * Always node:http and node:https: the worker has no file to find undici from, and here nobody waits for the microseconds
 * that it saves.
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  return new RememberingTransport(new NodeTransport(options), accepted);
}
