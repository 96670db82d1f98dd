// transport/: requests to the intake. The front door is `Sender`; the transports below it send a request by node:http, by undici
// or by a dispatcher of the application's, and `judge-response.ts` turns a response or a failure into an error. May import the
// settings, the API key and the payload types of http/; nothing of delivery/, spool/ or encode/.

import { IntakeError } from '../../diagnostics/errors.js';
import { inOwnContext } from '../../runtime/own-context.js';
import { queueMicrotask } from '../../runtime/real-timers.js';
import { VERSION } from '../../version.js';
import { ApiKey, type ApiKeySource } from '../api-key.js';
import type { PayloadSender, StoredPayload } from '../payload.js';
import type { HttpSettings } from '../settings.js';
import { judgeAnswer, judgeFailure, judgeResponse } from './judge-response.js';
import { type OpenTransport, openTransport } from './open-transport.js';
import type { Transport, TransportRequest, TransportResponse } from './transport.js';

/** Sends each payload in a request, and judges the response. */
export class Sender implements PayloadSender {
  readonly #settings: HttpSettings;
  readonly #apiKey: ApiKey;
  readonly #openTransport: OpenTransport;
  #transport: Transport | undefined;
  #isClosed = false;
  #abortion = new AbortController();
  #isAnswerReported = false;
  /** Receives the first warning about an answer that is not the intake's. */
  onWarning: (warning: Error) => void = () => {};
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
    const { baseUrl, proxyProblem, timeoutMilliseconds } = this.#settings;
    if (proxyProblem !== undefined) throw unusableProxyError(proxyProblem);
    const { proxy } = this.#settings.secrets();
    const url = new URL(baseUrl + path);
    const route = proxy === undefined ? '' : ` through the proxy ${proxy.url.origin}`;
    const context = { name: `POST ${url.href}${route}`, apiKey };
    const headers = requestHeaders(apiKey);
    if (compression !== 'none') headers['Content-Encoding'] = compression;
    const { signal } = this.#abortion;
    const request = { method: 'POST', path: url.pathname, headers, body, timeoutMilliseconds, signal } as const;
    try {
      const response = await this.#exchange(request);
      const failure = judgeResponse(response, context);
      if (failure === undefined && !this.#isAnswerReported) this.#reportOddAnswer(judgeAnswer(response, context));
      return failure;
    } catch (failure) {
      throw this.#isClosed ? closedError() : judgeFailure(failure, context);
    }
  }

  #reportOddAnswer(warning: IntakeError | undefined): void {
    if (warning === undefined) return;
    this.#isAnswerReported = true;
    // The callback may record, and the outcome of this request is not counted yet.
    queueMicrotask(() => this.onWarning(warning));
  }

  /** Opens the connection of the first payload, by a request whose response is ignored. Never rejects. */
  async openConnection(signal: AbortSignal): Promise<void> {
    const { baseUrl, proxyProblem, timeoutMilliseconds } = this.#settings;
    if (proxyProblem !== undefined) return;
    const path = new URL(`${baseUrl}/api/v1/validate`).pathname;
    try {
      const headers = requestHeaders(await this.#apiKey.get());
      if (this.#isClosed) return;
      await this.#exchange({ method: 'GET', path, headers, timeoutMilliseconds, signal });
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
    await this.#transport?.close();
  }

  /** Sends a request, and opens the transport before the first one. */
  #exchange(request: TransportRequest): Promise<TransportResponse> {
    // A connection outlives the flush that opens it.
    return inOwnContext(() => {
      this.#transport ??= this.#open();
      return this.#transport.send(request);
    });
  }

  #open(): Transport {
    const { baseUrl, timeoutMilliseconds } = this.#settings;
    const { proxy, dispatcher } = this.#settings.secrets();
    const options = { server: new URL(baseUrl), proxy, connectTimeoutMilliseconds: timeoutMilliseconds };
    return this.#openTransport(options, dispatcher);
  }
}

function requestHeaders(apiKey: string): Record<string, string> {
  return { 'DD-API-KEY': apiKey, 'Content-Type': 'application/json', 'User-Agent': `threadstats/${VERSION}` };
}

/** Rows wait, and are not sent around the proxy: whoever has set it may have closed every other way. */
function unusableProxyError(problem: string): IntakeError {
  const advice = 'Or exclude the intake in NO_PROXY, or pass a `dispatcher` of undici that can use this proxy';
  return new IntakeError('ERR_THREADSTATS_INTAKE_PROXY', `Nothing is sent. ${problem}. ${advice}`, { retryable: true });
}

function closedError(): IntakeError {
  return new IntakeError('ERR_THREADSTATS_REPORTER_CLOSED', 'The reporter was closed before the intake responded', {
    retryable: false,
  });
}
