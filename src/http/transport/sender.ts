import { IntakeError } from '../../diagnostics/errors.js';
import { VERSION } from '../../version.js';
import { ApiKey, type ApiKeySource } from '../api-key.js';
import type { HttpSettings } from '../http-options.js';
import type { PayloadSender, StoredPayload } from '../payload.js';
import { judgeFailure, judgeResponse } from './judge-response.js';
import { type OpenTransport, openTransport } from './open-transport.js';
import type { Transport } from './transport.js';

/** Puts payloads on the wire, one request each, and says what the answer means. */
export class Sender implements PayloadSender {
  readonly #settings: HttpSettings;
  readonly #apiKey: ApiKey;
  readonly #open: OpenTransport;
  #transport: Promise<Transport> | undefined;
  #openTransport: Transport | undefined;
  #closed = false;
  #interruption = new AbortController();
  /** Requests that were accepted, and the bytes of their bodies. */
  payloads = 0;
  bytesSent = 0;

  constructor(settings: HttpSettings, apiKey: ApiKeySource, open: OpenTransport = openTransport) {
    this.#settings = settings;
    this.#open = open;
    this.#apiKey = new ApiKey(apiKey, settings.timeoutMilliseconds);
  }

  /**
   * Sends a payload once; when the key is refused and there is a new one, once more.
   *
   * @throws IntakeError when the intake did not accept it.
   */
  async send(payload: StoredPayload): Promise<void> {
    if (this.#closed) throw closedError();
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

  /** Gives what was wrong with the answer, and throws when there is none. */
  async #request({ path, compression, body }: StoredPayload, apiKey: string): Promise<IntakeError | undefined> {
    if (this.#closed) throw closedError();
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    const url = new URL(baseUrl + path);
    const way = proxy === undefined ? '' : ` through the proxy ${proxy.url.origin}`;
    const context = { name: `POST ${url.href}${way}`, apiKey };
    const transport = await this.open();
    const headers = requestHeaders(apiKey);
    if (compression !== 'none') headers['Content-Encoding'] = compression;
    const { signal } = this.#interruption;
    const request = { method: 'POST', path: url.pathname, headers, body, timeoutMilliseconds, signal } as const;
    try {
      return judgeResponse(await transport.send(request), context);
    } catch (failure) {
      throw this.#closed ? closedError() : judgeFailure(failure, context);
    }
  }

  /** Opens the connection that the first payload will take, by a request whose answer does not matter. Never rejects. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const { baseUrl, timeoutMilliseconds } = this.#settings;
    const path = new URL(`${baseUrl}/api/v1/validate`).pathname;
    try {
      const headers = requestHeaders(await this.#apiKey.get());
      if (this.#closed) return;
      const transport = await this.open();
      await transport.send({ method: 'GET', path, headers, timeoutMilliseconds, signal });
    } catch {
      // The flush will find out what is wrong, and say it.
    }
  }

  /** Breaks the requests under way, as if they had got no answer. */
  interrupt(): void {
    this.#apiKey.interrupt();
    this.#interruption.abort();
    this.#interruption = new AbortController();
  }

  /** Ends all connections at once; requests under way reject. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#apiKey.interrupt();
    await (await this.#transport)?.close();
  }

  /** See {@link Transport}. */
  get isWriting(): boolean {
    return this.#openTransport?.isWriting ?? false;
  }

  /** Opens the transport ahead of the first request, unless all is over. */
  prepare(): void {
    // What is wrong with it, the first request will find out.
    if (!this.#closed) this.open().catch(() => {});
  }

  /** Loads and opens the transport, which connects when there is a request. */
  open(): Promise<Transport> {
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    const options = { server: new URL(baseUrl), proxy, connectTimeoutMilliseconds: timeoutMilliseconds };
    this.#transport ??= this.#open(options).then((transport) => {
      this.#openTransport = transport;
      return transport;
    });
    return this.#transport;
  }
}

function requestHeaders(apiKey: string): Record<string, string> {
  return { 'DD-API-KEY': apiKey, 'Content-Type': 'application/json', 'User-Agent': `threadstats/${VERSION}` };
}

function closedError(): IntakeError {
  return new IntakeError('ERR_THREADSTATS_REPORTER_CLOSED', 'The reporter was closed before the intake answered', {
    retryable: false,
  });
}
