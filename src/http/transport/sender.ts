// transport/: requests to the intake. The front door is `Sender`; the transports below it send a request by undici or
// node:http, and `judge-response.ts` turns a response or a failure into an error. May import the settings, the API key and the
// payload types of http/; nothing of delivery/, spool/ or encode/.

import { IntakeError } from '../../diagnostics/errors.js';
import { VERSION } from '../../version.js';
import { ApiKey, type ApiKeySource } from '../api-key.js';
import type { PayloadSender, StoredPayload } from '../payload.js';
import type { HttpSettings } from '../settings.js';
import { judgeFailure, judgeResponse } from './judge-response.js';
import { type OpenTransport, openTransport } from './open-transport.js';
import type { Transport } from './transport.js';

/** Sends each payload in a request, and judges the response. */
export class Sender implements PayloadSender {
  readonly #settings: HttpSettings;
  readonly #apiKey: ApiKey;
  readonly #openTransport: OpenTransport;
  #transport: Promise<Transport> | undefined;
  #opened: Transport | undefined;
  #isClosed = false;
  #abortion = new AbortController();
  /** Accepted requests. */
  payloads = 0;
  /** Bytes of the bodies of accepted requests. */
  bytesSent = 0;

  constructor(settings: HttpSettings, apiKey: ApiKeySource, open: OpenTransport = openTransport) {
    this.#settings = settings;
    this.#openTransport = open;
    this.#apiKey = new ApiKey(apiKey, settings.timeoutMilliseconds);
  }

  /**
   * Sends a payload once. If the key is refused and there is a new one, sends it once more.
   *
   * @throws IntakeError when the intake did not accept it.
   */
  async send(payload: StoredPayload): Promise<void> {
    if (this.#isClosed) throw closedError();
    const apiKey = await this.#apiKey.get();
    let failure = await this.#request(payload, apiKey);
    if (failure?.statusCode === 401 || failure?.statusCode === 403) {
      const newKey = await this.#apiKey.after(apiKey);
      if (newKey !== apiKey) failure = await this.#request(payload, newKey);
    }
    if (failure !== undefined) throw failure;
    this.payloads += 1;
    this.bytesSent += payload.body.length;
  }

  /** Returns the failure that the response means, if any; throws when there is no response. */
  async #request({ path, compression, body }: StoredPayload, apiKey: string): Promise<IntakeError | undefined> {
    if (this.#isClosed) throw closedError();
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    const url = new URL(baseUrl + path);
    const route = proxy === undefined ? '' : ` through the proxy ${proxy.url.origin}`;
    const context = { name: `POST ${url.href}${route}`, apiKey };
    const transport = await this.#open();
    const headers = requestHeaders(apiKey);
    if (compression !== 'none') headers['Content-Encoding'] = compression;
    const { signal } = this.#abortion;
    const request = { method: 'POST', path: url.pathname, headers, body, timeoutMilliseconds, signal } as const;
    try {
      return judgeResponse(await transport.send(request), context);
    } catch (failure) {
      throw this.#isClosed ? closedError() : judgeFailure(failure, context);
    }
  }

  /** Opens the connection of the first payload, by a request whose response is ignored. Never rejects. */
  async openConnection(signal: AbortSignal): Promise<void> {
    const { baseUrl, timeoutMilliseconds } = this.#settings;
    const path = new URL(`${baseUrl}/api/v1/validate`).pathname;
    try {
      const headers = requestHeaders(await this.#apiKey.get());
      if (this.#isClosed) return;
      const transport = await this.#open();
      await transport.send({ method: 'GET', path, headers, timeoutMilliseconds, signal });
    } catch {
      // The first payload will meet the same failure, and report it.
    }
  }

  /** Aborts the requests in flight, which then fail as if they had got no response. */
  abortRequests(): void {
    this.#apiKey.stopWaiting();
    this.#abortion.abort();
    this.#abortion = new AbortController();
  }

  /** Ends all connections at once. Requests in flight reject. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#apiKey.stopWaiting();
    await (await this.#transport)?.close();
  }

  /** See {@link Transport}. */
  get isWriting(): boolean {
    return this.#opened?.isWriting ?? false;
  }

  /** Opens the transport before the first request, unless the sender is closed. */
  preloadTransport(): void {
    // The first request will meet the same failure, and report it.
    if (!this.#isClosed) this.#open().catch(() => {});
  }

  /** Loads and opens the transport, which does not connect before there is a request. */
  #open(): Promise<Transport> {
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    const options = { server: new URL(baseUrl), proxy, connectTimeoutMilliseconds: timeoutMilliseconds };
    this.#transport ??= this.#openTransport(options).then((transport) => {
      this.#opened = transport;
      return transport;
    });
    return this.#transport;
  }
}

function requestHeaders(apiKey: string): Record<string, string> {
  return { 'DD-API-KEY': apiKey, 'Content-Type': 'application/json', 'User-Agent': `threadstats/${VERSION}` };
}

function closedError(): IntakeError {
  return new IntakeError('ERR_THREADSTATS_REPORTER_CLOSED', 'The reporter was closed before the intake responded', {
    retryable: false,
  });
}
