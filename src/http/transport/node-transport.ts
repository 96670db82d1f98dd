import type * as http from 'node:http';
import { builtin } from '../../runtime/builtin.js';
import { Exchange } from './exchange.js';
import { openTunnel } from './proxy-tunnel.js';
import {
  addressOf,
  closedError,
  isClosedByServer,
  KEEP_ALIVE_MILLISECONDS,
  MAX_CONNECTIONS,
  TLS_OPTIONS,
  type Transport,
  type TransportOptions,
  type TransportRequest,
  type TransportResponse,
} from './transport.js';

/**
 * A transport on node:http and node:https, over connections that stay open. If a connection that was open before is closed
 * without a response, the request is repeated once.
 */
export class NodeTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #module: Pick<typeof http, 'request'>;
  readonly #agent: http.Agent;
  readonly #target: http.RequestOptions;
  readonly #closing = new AbortController();
  readonly #inFlight = new Set<Exchange>();
  /** What interceptors replace, as it was when this transport was opened. */
  readonly #surface: readonly unknown[];
  /** False once something other than Node.js has handled a request; undefined before the first response. */
  #isUntouched: boolean | undefined;

  constructor(options: TransportOptions) {
    const { server, proxy } = options;
    this.#options = options;
    const tunnelled = proxy !== undefined && server.protocol === 'https:';
    const peer = tunnelled ? server : (proxy?.url ?? server);
    const secure = peer.protocol === 'https:';
    const agentOptions = { keepAlive: true, maxSockets: MAX_CONNECTIONS, timeout: KEEP_ALIVE_MILLISECONDS };
    this.#target = addressOf(peer);
    const module = secure ? builtin('node:https') : builtin('node:http');
    this.#module = module;
    this.#surface = surfaceOf(module);
    this.#agent = new module.Agent(secure ? { ...agentOptions, ...TLS_OPTIONS } : agentOptions);
    if (tunnelled) {
      this.#agent.createConnection = (_, callback) => {
        openTunnel(options, this.#closing.signal, callback as Parameters<typeof openTunnel>[2]);
        return undefined;
      };
    }
  }

  /**
   * True if nothing is between this transport and the network. Interceptors such as nock and msw's replace functions and classes
   * of node:http, or answer over sockets of a class of their own. They must see every request, so no other way to the network may
   * be taken then.
   */
  get isRealNetwork(): boolean {
    if (this.#isUntouched !== true) return false;
    const surface = surfaceOf(this.#module);
    return this.#surface.every((value, i) => value === surface[i]);
  }

  send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#closing.signal.aborted || request.signal?.aborted) return Promise.reject(closedError());
    let current: http.ClientRequest | undefined;
    const exchange = new Exchange(request, () => current?.destroy());
    this.#inFlight.add(exchange);
    const attempt = (isFirst: boolean): void => {
      current = this.#request(request, exchange, (error, reusedSocket) => {
        if (isFirst && reusedSocket && !exchange.hasStatus && !exchange.isSettled && isClosedByServer(error)) attempt(false);
        else exchange.end(error);
      });
    };
    try {
      attempt(true);
    } catch (error) {
      exchange.end(error as Error);
    }
    return exchange.response.finally(() => this.#inFlight.delete(exchange));
  }

  /** Starts a request. The last call is `onFailure`, unless the exchange has settled before. */
  #request(
    request: TransportRequest,
    exchange: Exchange,
    onFailure: (error: Error, reusedSocket: boolean) => void,
  ): http.ClientRequest {
    const { method, body } = request;
    const { path, headers } = forProxy(request, this.#options);
    // Looked up for each request, because interceptors replace it.
    const start = this.#module.request;
    const outgoing = start({ ...this.#target, agent: this.#agent, method, path });
    let hasFailed = false;
    const fail = (error: Error): void => {
      if (hasFailed) return;
      hasFailed = true;
      onFailure(error, outgoing.reusedSocket);
    };
    // Headers are not passed as options, because NODE_DEBUG=http prints those.
    for (const [name, value] of Object.entries(headers)) outgoing.setHeader(name, value);
    outgoing.on('error', fail);
    outgoing.once('response', (incoming) => {
      this.#isUntouched = this.#isUntouched !== false && isUntouched(outgoing, incoming.socket);
      exchange.receiveHead(incoming.statusCode!, incoming.headers);
      incoming.on('data', (chunk: Uint8Array) => exchange.receive(chunk));
      incoming.once('end', () => {
        // A server that responded before it had read the whole body may never read the rest.
        if (outgoing.writableFinished) exchange.complete();
        else fail(closedError());
      });
      incoming.on('error', fail);
    });
    // Without a listener, Node.js would close the connection and report nothing.
    outgoing.once('upgrade', ({ statusCode, headers }, socket) => {
      exchange.receiveHead(statusCode!, headers);
      socket.destroy();
      fail(closedError());
    });
    outgoing.once('close', () => fail(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
    outgoing.end(body);
    return outgoing;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const exchange of this.#inFlight) exchange.end(closedError());
    this.#agent.destroy();
  }
}

/** Returns what interceptors replace when they are switched on. */
function surfaceOf({ request }: Pick<typeof http, 'request'>): readonly unknown[] {
  return [request, builtin('node:http').ClientRequest, builtin('node:net').Socket.prototype.connect];
}

/**
 * Returns false if an interceptor that was switched on earlier has handled a request.
 *
 * @param socket Null in workerd.
 */
function isUntouched(outgoing: object, socket: object | null): boolean {
  if (socket == null) return false;
  if (Object.getPrototypeOf(outgoing) !== builtin('node:http').ClientRequest.prototype) return false;
  const prototype: object = Object.getPrototypeOf(socket);
  // node:tls comes second, because a process that sends over http: does not load it otherwise. It takes 5 ms with node:crypto.
  return prototype === builtin('node:net').Socket.prototype || prototype === builtin('node:tls').TLSSocket.prototype;
}

/**
 * Returns the path and headers of a request, adapted to the proxy. For an `http:` server the proxy needs the whole URL. For an
 * `https:` server nothing changes, because the request passes through a tunnel.
 */
function forProxy(
  request: TransportRequest,
  { server, proxy }: TransportOptions,
): { path: string; headers: Record<string, string> } {
  if (proxy === undefined || server.protocol === 'https:') return request;
  const headers: Record<string, string> = { ...request.headers, Host: server.host };
  if (proxy.authorization !== undefined) headers['Proxy-Authorization'] = proxy.authorization;
  return { path: server.origin + request.path, headers };
}
