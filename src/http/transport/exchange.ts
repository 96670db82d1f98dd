import { Buffer } from 'node:buffer';
import { after, type Timeout } from '../../runtime/real-timers.js';
import { closedError, MAX_RESPONSE_BYTES, type TransportRequest, type TransportResponse, timeoutError } from './transport.js';

/**
 * One request and its response, which settles once: when the response is complete or long enough, when it fails, when its time is
 * over, or when it is aborted. Once there is a status, all of these resolve, because the status counts and the text only explains
 * it. A transport tells it what arrives, and `disconnect` ends the request when nothing more is wanted.
 */
export class Exchange {
  readonly response: Promise<TransportResponse>;
  /** True once the outcome is known. */
  isSettled = false;
  #resolve!: (response: TransportResponse) => void;
  #reject!: (error: Error) => void;
  readonly #timeout: Timeout;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.end(closedError());
  readonly #disconnect: () => void;
  #head: Omit<TransportResponse, 'text'> | undefined;
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor({ timeoutMilliseconds, signal }: TransportRequest, disconnect: () => void) {
    this.response = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#disconnect = disconnect;
    this.#timeout = after(timeoutMilliseconds, () => this.end(timeoutError(timeoutMilliseconds)));
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** True once there is a status. */
  get hasStatus(): boolean {
    return this.#head !== undefined;
  }

  receiveHead(statusCode: number, headers: TransportResponse['headers']): void {
    this.#head ??= { statusCode, headers };
  }

  receive(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    // An endless body must do no harm.
    if (this.#bytes > MAX_RESPONSE_BYTES) this.end(closedError());
  }

  /** The response is complete, so the connection may be used again. */
  complete(): void {
    if (!this.isSettled) this.#settle();
  }

  /** Ends the request. Its connection cannot be used again. */
  end(error: Error): void {
    if (this.isSettled) return;
    this.#settle(error);
    this.#disconnect();
  }

  #settle(error?: Error): void {
    this.isSettled = true;
    this.#timeout.clear();
    this.#signal?.removeEventListener('abort', this.#onAbort);
    if (this.#head === undefined) return this.#reject(error ?? closedError());
    const text = Buffer.concat(this.#chunks).toString('utf8', 0, MAX_RESPONSE_BYTES);
    this.#resolve({ ...this.#head, text });
  }
}
