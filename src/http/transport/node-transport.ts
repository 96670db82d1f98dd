import type * as http from 'node:http';
import { urlToHttpOptions } from 'node:url';
import { builtin } from '../../runtime/builtin.js';
import { openTunnel } from './proxy-tunnel.js';
import {
  closedError,
  forProxy,
  isClosedByServer,
  KEEP_ALIVE_MILLISECONDS,
  MAX_CONNECTIONS,
  readText,
  TLS_OPTIONS,
  type Transport,
  type TransportOptions,
  type TransportRequest,
  type TransportResponse,
  timeoutError,
} from './transport.js';

/** A transport on node:http and node:https, for runtimes in which undici cannot be loaded. */
export class NodeTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;
  readonly #target: http.RequestOptions;
  readonly #closing = new AbortController();
  readonly #inFlight = new Set<http.ClientRequest>();

  constructor(options: TransportOptions) {
    const { server, proxy } = options;
    this.#options = options;
    const tunnelled = proxy !== undefined && server.protocol === 'https:';
    const peer = tunnelled ? server : (proxy?.url ?? server);
    const secure = peer.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: KEEP_ALIVE_MILLISECONDS };
    this.#target = urlToHttpOptions(peer);
    const { Agent, request } = secure ? builtin('node:https') : builtin('node:http');
    this.#request = request;
    this.#agent = new Agent(secure ? { ...agentOptions, ...TLS_OPTIONS } : agentOptions);
    if (tunnelled) {
      this.#agent.createConnection = (_, callback) => {
        openTunnel(options, this.#closing.signal, callback as Parameters<typeof openTunnel>[2]);
        return undefined;
      };
    }
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    return this.#send(request, true);
  }

  #send(request: TransportRequest, isFirst: boolean): Promise<TransportResponse> {
    return new Promise((resolve, reject) => {
      if (this.#closing.signal.aborted) return reject(closedError());
      const { method, body, timeoutMilliseconds, signal } = request;
      const { path, headers } = forProxy(request, this.#options);
      const outgoing = this.#request({ ...this.#target, agent: this.#agent, method, path, signal });
      // Headers are not passed as options, because NODE_DEBUG=http prints those.
      for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
      const timer = setTimeout(() => outgoing.destroy(timeoutError(timeoutMilliseconds)), timeoutMilliseconds);
      this.#inFlight.add(outgoing);
      outgoing.once('close', () => {
        clearTimeout(timer);
        this.#inFlight.delete(outgoing);
      });
      const fail = (error: Error): void => {
        if (isFirst && outgoing.reusedSocket && isClosedByServer(error)) resolve(this.#send(request, false));
        else reject(error);
      };
      outgoing.on('error', fail);
      outgoing.once('response', async (incoming) => {
        // There is a status now, so later errors do not matter.
        outgoing.off('error', fail).on('error', () => {});
        const text = await readText(incoming);
        // A server that responded before it had read the whole body may never read the rest.
        if (!outgoing.writableFinished) outgoing.destroy();
        resolve({ statusCode: incoming.statusCode!, headers: incoming.headers, text });
      });
      outgoing.end(body);
    });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const outgoing of this.#inFlight) outgoing.destroy(closedError());
    this.#agent.destroy();
  }
}
