import { IntakeError } from '../errors.js';
import { VERSION } from '../version.js';
import { judgeAnswer } from './answer.js';
import { openTransport } from './choose-transport.js';
import { type Compression, compress } from './compress.js';
import type { HttpSettings } from './http-options.js';
import { judgeFailure } from './no-answer.js';
import type { ReporterTelemetry } from './reporter.js';
import type { Transport } from './transport.js';

/** One request's worth of rows, encoded. */
export interface Payload {
  /** Endpoint, such as `/api/v2/series`; the base URL's own path goes before it. */
  readonly path: string;
  /** JSON, as text or as UTF-8. */
  readonly body: string | Uint8Array;
  readonly compression: Compression;
  /** Rows in the body. */
  readonly rows: number;
}

/** Puts payloads on the wire, one request each, and says what the answer means. */
export class Sender {
  readonly #settings: HttpSettings;
  readonly #apiKey: string;
  #transport: Promise<Transport> | undefined;
  #closed = false;
  #payloads = 0;
  #bytesSent = 0;

  constructor(settings: HttpSettings, apiKey: string) {
    this.#settings = settings;
    this.#apiKey = apiKey;
  }

  get telemetry(): ReporterTelemetry {
    return { payloads: this.#payloads, bytesSent: this.#bytesSent, retries: 0 };
  }

  /**
   * Compresses a payload and sends it once.
   *
   * @throws IntakeError when the intake did not accept it.
   */
  async send(payload: Payload): Promise<void> {
    const bytes = typeof payload.body === 'string' ? Buffer.from(payload.body) : payload.body;
    const body = await compress(bytes, payload.compression);
    if (this.#closed) throw this.#closedError();
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    const url = new URL(baseUrl + payload.path);
    const way = proxy === undefined ? '' : ` through the proxy ${proxy.url.origin}`;
    const context = { name: `POST ${url.href}${way}`, apiKey: this.#apiKey };
    this.#transport ??= this.#openTransport();
    const transport = await this.#transport;
    const request = { method: 'POST', path: url.pathname, headers: this.#headers(payload), body, timeoutMilliseconds } as const;
    const answer = await transport.send(request).catch((failure) => {
      throw this.#closed ? this.#closedError() : judgeFailure(failure, context);
    });
    const error = judgeAnswer(answer, context);
    if (error !== undefined) throw error;
    this.#payloads += 1;
    this.#bytesSent += body.length;
  }

  /** Opens the connection that the first payload will take, by a request whose answer does not matter. Never rejects. */
  async warmUp(signal: AbortSignal): Promise<void> {
    const { baseUrl, timeoutMilliseconds } = this.#settings;
    const path = new URL(`${baseUrl}/api/v1/validate`).pathname;
    try {
      this.#transport ??= this.#openTransport();
      const transport = await this.#transport;
      await transport.send({ method: 'GET', path, headers: this.#headers({ compression: 'none' }), timeoutMilliseconds, signal });
    } catch {
      // The flush will find out what is wrong, and say it.
    }
  }

  /** Ends all connections at once; requests under way reject. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#transport)?.close();
  }

  #openTransport(): Promise<Transport> {
    const { baseUrl, proxy, timeoutMilliseconds } = this.#settings;
    return openTransport({ server: new URL(baseUrl), proxy, connectTimeoutMilliseconds: timeoutMilliseconds });
  }

  #headers({ compression }: Pick<Payload, 'compression'>): Record<string, string> {
    const headers: Record<string, string> = {
      'DD-API-KEY': this.#apiKey,
      'Content-Type': 'application/json',
      'User-Agent': `threadstats/${VERSION}`,
    };
    if (compression !== 'none') headers['Content-Encoding'] = compression;
    return headers;
  }

  #closedError(): IntakeError {
    return new IntakeError('ERR_THREADSTATS_REPORTER_CLOSED', 'The reporter was closed before the intake answered', {
      retryable: false,
    });
  }
}
