import { nowMilliseconds, setImmediate } from '../../runtime/real-timers.js';
import { DispatcherTransport } from './dispatcher-transport.js';
import { NodeTransport } from './node-transport.js';
import {
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
 * A burst is this many requests in this time. undici takes 40 microseconds less of the processor for each request than node:http
 * does, and 30 ms to load, so it pays off soon afterwards. Only events make so many requests, because each has one of its own.
 */
export const BURST_REQUESTS = 1000;
const BURST_MILLISECONDS = 10_000;

/**
 * Not a literal, so that bundlers leave undici out: Rollup would let a bundle load `node:sqlite` at its begin, which Node.js 20
 * lacks, and a megabyte is much for the seconds after a burst. In a bundle node:http goes on, unless undici is installed beside it.
 */
const POOL = ['undici', 'lib', 'dispatcher', 'pool.js'].join('/');

/** Sends by node:http and node:https, and after the first burst by undici. */
export class BurstTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #node: NodeTransport;
  #requests = 0;
  #sinceMilliseconds = Number.NEGATIVE_INFINITY;
  /** Undefined until there is a burst, and where undici cannot be used. */
  #pool: Transport | undefined;
  #hadBurst = false;
  #isClosed = false;

  constructor(options: TransportOptions) {
    this.#options = options;
    this.#node = new NodeTransport(options);
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    if (!this.#hadBurst && this.#isBurst()) void this.#openPool();
    // Under fake timers, undici would not send a second request over a connection.
    const usesPool = this.#pool !== undefined && this.#node.isRealNetwork && globalThis.setImmediate === setImmediate;
    if (!usesPool) return this.#node.send(request);
    try {
      return await this.#pool!.send(request);
    } catch (error) {
      // The server has closed the connection, usually because it was idle.
      if (this.#isClosed || !isClosedByServer(error)) throw error;
      return this.#node.send(request);
    }
  }

  #isBurst(): boolean {
    const now = nowMilliseconds();
    if (now - this.#sinceMilliseconds > BURST_MILLISECONDS) {
      this.#sinceMilliseconds = now;
      this.#requests = 0;
    }
    this.#requests++;
    return this.#requests > BURST_REQUESTS;
  }

  async #openPool(): Promise<void> {
    this.#hadBurst = true;
    try {
      const pool = await openPool(this.#options);
      if (this.#isClosed) await pool.close();
      else this.#pool = pool;
    } catch {
      // node:http goes on.
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool?.close();
    await this.#node.close();
  }
}

/**
 * Opens a transport on a pool of undici. The file of the pool alone is loaded, because undici's index takes 75 ms and 13 MB, and
 * replaces the global dispatcher of the process.
 *
 * @throws Error where undici is missing, has no such file, or cannot run.
 */
export async function openPool({ server, connectTimeoutMilliseconds }: TransportOptions): Promise<Transport> {
  // undici's parser is WebAssembly. It allocates its memory in a promise that nobody handles, so a failure would end the process.
  new WebAssembly.Memory({ initial: 1 });
  const { default: Pool } = (await import(/* webpackIgnore: true */ POOL)) as typeof import('undici/lib/dispatcher/pool.js');
  const pool = new Pool(server.origin, {
    connections: MAX_CONNECTIONS,
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    allowH2: false,
    connect: { timeout: connectTimeoutMilliseconds, ...TLS_OPTIONS },
  });
  // Bun replaces undici by a module whose pools send nothing.
  if (typeof pool.destroy !== 'function') throw new Error('this undici cannot send');
  const transport = new DispatcherTransport(pool, server.origin);
  return {
    send: (request) => transport.send(request),
    async close(): Promise<void> {
      await transport.close();
      await pool.destroy();
    },
  };
}
