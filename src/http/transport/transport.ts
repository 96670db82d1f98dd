import type { Readable } from 'node:stream';
import type { HttpProxy } from '../proxy.js';

/**
 * For every TLS connection. By default Node.js would take it from NODE_TLS_REJECT_UNAUTHORIZED, which somebody may have set for
 * the sake of another server: whoever answers would get the API key. NODE_EXTRA_CA_CERTS is the way to trust a private one.
 */
export const TLS_OPTIONS = { rejectUnauthorized: true } as const;

/** Connections that a transport opens at most; more requests at once wait their turn. */
export const MAX_CONNECTIONS = 4;

/** An idle connection is kept this long: over several flushes, but shorter than load balancers keep theirs (60 s). */
export const KEEP_ALIVE_MILLISECONDS = 30_000;

/** No more than this is read of an answer's body. */
export const MAX_ANSWER_BYTES = 1024;

export interface TransportRequest {
  method: 'GET' | 'POST';
  /** From the first slash on, the base URL's own path included. */
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** For everything from waiting for a connection to the end of the answer. */
  timeoutMilliseconds: number;
  /** Gives the request up: it rejects. */
  signal?: AbortSignal;
}

export interface TransportResponse {
  statusCode: number;
  /** Names in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the body, at most {@link MAX_ANSWER_BYTES}; it may be anything, cut anywhere, or empty. */
  text: string;
}

/**
 * Sends requests to one server over connections that stay open. Redirects are answers like any other. A request under
 * way keeps the process alive; an idle connection does not.
 */
export interface Transport {
  /**
   * Resolves as soon as there is a status, whatever becomes of the answer's body; rejects when there is none. A connection that
   * was open before and closed instead of an answer does not count, once.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Whether bodies may still be read, those of requests included that were answered early. Left out: none of the latter ever is. */
  readonly isWriting?: boolean;
  /** Ends every connection at once; requests under way reject. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Protocol, host and port of the server; a path is ignored. */
  server: URL;
  proxy: HttpProxy | undefined;
  /** For a connection attempt, which may outlive the request that began it. */
  connectTimeoutMilliseconds: number;
}

/**
 * Whether the other side closed the connection. One that had been idle it mostly closed before it saw the request, so that is sent
 * once more at once: no failure of the server's, for which to back off.
 */
export function isClosedByServer(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes((error as NodeJS.ErrnoException).code!);
}

/** What a request rejects with when its time is up. */
export function timeoutError(timeoutMilliseconds: number): Error {
  return Object.assign(new Error(`no answer within ${timeoutMilliseconds / 1000} s`), { code: 'ETIMEDOUT' });
}

/** What a request rejects with when the transport is closed under it. */
export function closedError(): Error {
  return Object.assign(new Error('the transport was closed'), { code: 'ECANCELED' });
}

/**
 * How the first line and the headers change for a proxy: it wants the whole URL of an `http:` server. To an `https:`
 * server it only holds a tunnel open, through which requests go as if it were not there.
 */
export function forProxy(
  request: TransportRequest,
  { server, proxy }: TransportOptions,
): { path: string; headers: Record<string, string> } {
  if (proxy === undefined || server.protocol === 'https:') return request;
  const headers: Record<string, string> = { ...request.headers, Host: server.host };
  if (proxy.authorization !== undefined) headers['Proxy-Authorization'] = proxy.authorization;
  return { path: server.origin + request.path, headers };
}

/** Reads the beginning of an answer's body and discards the rest. An interrupted body gives what there was of it. */
export async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Leaving the loop destroys the stream, and so ends a body that has no end.
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status is known and decides; the text only explains it.
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_ANSWER_BYTES);
}
