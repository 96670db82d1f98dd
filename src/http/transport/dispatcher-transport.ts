import { Buffer } from 'node:buffer';
import { nextTurn } from '../../runtime/real-timers.js';
import type { Dispatcher } from './dispatcher.js';
import { Exchange } from './exchange.js';
import { closedError, type Transport, type TransportRequest, type TransportResponse } from './transport.js';

type RawHeaders = readonly (Uint8Array | string | readonly (Uint8Array | string)[])[];
type Headers = Record<string, string | string[] | undefined>;

/** Sends requests through a dispatcher of undici, which it does not close. The dispatcher decides about connections and TLS. */
export class DispatcherTransport implements Transport {
  readonly #dispatcher: Dispatcher;
  readonly #origin: string;
  readonly #inFlight = new Set<Exchange>();
  #isClosed = false;

  constructor(dispatcher: Dispatcher, origin: string) {
    this.#dispatcher = dispatcher;
    this.#origin = origin;
  }

  async send(request: TransportRequest): Promise<TransportResponse> {
    if (this.#isClosed || request.signal?.aborted) throw closedError();
    const { method, path, headers, body } = request;
    let abort: ((reason: Error) => void) | undefined;
    const abortQuietly = (): void => {
      try {
        abort?.(closedError());
      } catch {
        // The request has ended, whatever a dispatcher of the application does.
      }
    };
    const exchange = new Exchange(request, abortQuietly);
    this.#inFlight.add(exchange);
    try {
      const start = (abortRequest: (reason: Error) => void): void => {
        abort = abortRequest;
        if (exchange.isSettled) abortQuietly();
      };
      const options = {
        origin: this.#origin,
        method,
        path,
        headers,
        // A copy, because a server may respond before it has read the body, and the dispatcher then goes on reading it.
        body: body && Buffer.from(body),
        // The exchange limits the whole request.
        headersTimeout: 0,
        bodyTimeout: 0,
      };
      const dispatched: unknown = this.#dispatcher.dispatch(options, handlerOf(exchange, start));
      // A dispatcher returns a boolean. One that returns a promise must not make an unhandled rejection.
      Promise.resolve(dispatched).catch((error: Error) => exchange.end(error));
    } catch (error) {
      exchange.end(error as Error);
    }
    try {
      const response = await exchange.response;
      // undici frees a connection one turn of the event loop after the response; an earlier request would open another
      // connection.
      await nextTurn();
      return response;
    } finally {
      this.#inFlight.delete(exchange);
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const exchange of this.#inFlight) exchange.end(closedError());
  }
}

/** Returns a handler with the methods of both interfaces: undici 7 introduced the second one, and later versions have no other. */
function handlerOf(exchange: Exchange, onStart: (abort: (reason: Error) => void) => void) {
  const receiveHead = (statusCode: number, headers: Headers): void => {
    // Informational responses come before the response itself.
    if (statusCode >= 200) exchange.receiveHead(statusCode, headers);
  };
  return {
    onConnect: onStart,
    onHeaders(statusCode: number, headers: RawHeaders | null) {
      receiveHead(statusCode, parseRawHeaders(headers ?? []));
      return true;
    },
    onData(chunk: Uint8Array) {
      exchange.receive(chunk);
      return true;
    },
    onComplete: () => exchange.complete(),
    onError: (error: Error) => exchange.end(error),
    onUpgrade: () => exchange.end(new Error('the server responded by an upgrade')),

    onRequestStart: (controller: { abort(reason: Error): void }) => onStart((reason) => controller.abort(reason)),
    onResponseStart: (_: unknown, statusCode: number, headers: Headers) => receiveHead(statusCode, headers),
    onResponseData: (_: unknown, chunk: Uint8Array) => exchange.receive(chunk),
    onResponseEnd: () => exchange.complete(),
    onResponseError: (_: unknown, error: Error) => exchange.end(error),
    onRequestUpgrade: () => exchange.end(new Error('the server responded by an upgrade')),
  };
}

/** Names and values by turns. */
function parseRawHeaders(raw: RawHeaders): Headers {
  const headers: Headers = {};
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const [value] = [raw[i + 1]].flat() as (Uint8Array | string)[];
    headers[text(raw[i] as Uint8Array | string).toLowerCase()] ??= text(value);
  }
  return headers;
}

function text(value: Uint8Array | string): string {
  return typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
}
