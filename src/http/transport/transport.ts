import type { RequestOptions } from 'node:http';
import type { HttpProxy } from '../proxy.js';

/**
 * Options of every TLS connection. Without them Node.js obeys NODE_TLS_REJECT_UNAUTHORIZED, which somebody may have set for
 * another server; then an impostor of the intake would get the API key. To trust a private certificate, set
 * NODE_EXTRA_CA_CERTS.
 */
export const TLS_OPTIONS = { rejectUnauthorized: true } as const;

/** Most connections of a transport. Further requests wait for one of them. */
export const MAX_CONNECTIONS = 4;

/** How long an idle connection is kept: for several flushes, but less than the 60 s of common load balancers. */
export const KEEP_ALIVE_MILLISECONDS = 30_000;

/** Most bytes that are read of a response's body. */
export const MAX_RESPONSE_BYTES = 1024;

export interface TransportRequest {
  method: 'GET' | 'POST';
  /** Begins with a slash, and includes the base URL's own path. */
  path: string;
  headers: Record<string, string>;
  body?: Uint8Array;
  /** Limits the whole request, from waiting for a connection to the end of the response. */
  timeoutMilliseconds: number;
  /** Aborts the request, which then rejects. */
  signal?: AbortSignal;
}

export interface TransportResponse {
  statusCode: number;
  /** Names are in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The beginning of the body, at most {@link MAX_RESPONSE_BYTES}. It may be empty, contain anything, or end anywhere. */
  text: string;
}

/** Sends requests to one server. Redirects are not followed. A request in flight keeps the process alive. */
export interface Transport {
  /**
   * Resolves when there is a status, even if the response's body breaks off; otherwise rejects. Settles within the request's time,
   * whatever the server does. The body is not read any more once this has settled.
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends every connection at once; requests in flight reject. */
  close(): Promise<void>;
}

export interface TransportOptions {
  /** Protocol, host and port of the server. The path is ignored. */
  server: URL;
  proxy: HttpProxy | undefined;
  /** Limits a connection attempt, which may outlive the request that began it. */
  connectTimeoutMilliseconds: number;
}

/**
 * True if the server closed the connection. A server usually closes an idle connection before it sees the request, so this is no
 * reason to back off: the request is repeated at once, over another connection.
 */
export function isClosedByServer(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'].includes((error as NodeJS.ErrnoException).code!);
}

/** The error of a request that took too long. */
export function timeoutError(timeoutMilliseconds: number): Error {
  return Object.assign(new Error(`no response within ${timeoutMilliseconds / 1000} s`), { code: 'ETIMEDOUT' });
}

/** The error of a request whose transport was closed, or that was aborted. */
export function closedError(): Error {
  return Object.assign(new Error('the transport was closed'), { code: 'ECANCELED' });
}

/** Returns what `http.request` needs of a URL. */
export function addressOf({ protocol, hostname, port }: URL): RequestOptions {
  return { protocol, hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port: port === '' ? undefined : Number(port) };
}
