import type { Socket } from 'node:net';
import type { Pool } from 'undici';
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

/** Opens a transport on undici. It is loaded here and not before, because its parser needs WebAssembly. */
export async function openUndiciTransport(options: TransportOptions): Promise<Transport> {
  const undici = await import('undici');
  const { server, proxy, connectTimeoutMilliseconds } = options;
  const closing = new AbortController();
  const sockets = new Set<Socket>();
  const connect = undici.buildConnector({ timeout: connectTimeoutMilliseconds, ...TLS_OPTIONS });
  const tunnelled = proxy !== undefined && server.protocol === 'https:';
  const pool = new undici.Pool((tunnelled ? server : (proxy?.url ?? server)).origin, {
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    // One timeout limits the whole request, so undici's own timeouts are off.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (target, callback) => {
      const remember: typeof callback = (...[error, socket]) => {
        if (error !== null) return callback(error, null);
        sockets.add(socket);
        socket.once('close', () => sockets.delete(socket));
        callback(null, socket);
      };
      if (tunnelled) openTunnel(options, closing.signal, remember);
      else connect(target, remember);
    },
  });
  // Bun replaces undici by a module whose pools send nothing.
  if (typeof pool.destroy !== 'function') throw new Error('this undici cannot send');
  return new UndiciTransport(options, pool, closing, sockets);
}

class UndiciTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #pool: Pool;
  readonly #closing: AbortController;
  /** The open connections. */
  readonly #sockets: ReadonlySet<Socket>;
  /** Number of connections opened so far. */
  #connections = 0;

  constructor(options: TransportOptions, pool: Pool, closing: AbortController, sockets: ReadonlySet<Socket>) {
    this.#options = options;
    this.#pool = pool;
    this.#closing = closing;
    this.#sockets = sockets;
    pool.on('connect', () => this.#connections++);
  }

  get isWriting(): boolean {
    for (const { writableLength } of this.#sockets) if (writableLength > 0) return true;
    return false;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    const { method, body, timeoutMilliseconds, signal } = request;
    const controller = new AbortController();
    const abort = (): void => controller.abort(closedError());
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    const timer = setTimeout(() => controller.abort(timeoutError(timeoutMilliseconds)), timeoutMilliseconds);
    try {
      const { path, headers } = forProxy(request, this.#options);
      const options = { method, path, headers, body, signal: controller.signal };
      const connections = this.#connections;
      const response = await this.#pool.request(options).catch((error) => {
        if (connections !== this.#connections || !isClosedByServer(error)) throw error;
        return this.#pool.request(options);
      });
      const text = await readText(response.body);
      // undici frees a connection one turn of the event loop after the response; an earlier request would open another
      // connection.
      await new Promise(setImmediate);
      return { statusCode: response.statusCode, headers: response.headers, text };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#pool.destroy(closedError());
  }
}
