import { isIP, type Socket } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { urlToHttpOptions } from 'node:url';
import { builtin } from '../../runtime/builtin.js';
import { closedError, TLS_OPTIONS, type TransportOptions, timeoutError } from './transport.js';

type Callback = (...result: [error: null, socket: TLSSocket] | [error: Error, socket: null]) => void;

/** Connects to an `https:` server through an HTTP proxy: sends CONNECT to the proxy, then starts TLS with the server itself. */
export function openTunnel(
  { server, proxy, connectTimeoutMilliseconds }: TransportOptions,
  closing: AbortSignal,
  callback: Callback,
): void {
  if (closing.aborted) {
    callback(closedError(), null);
    return;
  }
  const host = server.hostname.replace(/^\[(.*)\]$/, '$1');
  const authority = `${server.hostname}:${server.port || 443}`;
  const { request } = builtin(proxy!.url.protocol === 'https:' ? 'node:https' : 'node:http');
  const target = { ...urlToHttpOptions(proxy!.url), ...TLS_OPTIONS };
  const connectRequest = request({ ...target, method: 'CONNECT', path: authority, agent: false });
  // Headers are not passed as options, because NODE_DEBUG=http prints those.
  connectRequest.setHeader('Host', authority);
  if (proxy!.authorization !== undefined) connectRequest.setHeader('Proxy-Authorization', proxy!.authorization);
  let current: { destroy(): unknown } = connectRequest;

  let isEnded = false;
  /** Returns false if the attempt has ended before. */
  const end = (): boolean => {
    if (isEnded) return false;
    isEnded = true;
    clearTimeout(timer);
    closing.removeEventListener('abort', onClosing);
    return true;
  };
  const fail = (error: Error): void => {
    current.destroy();
    if (end()) callback(error, null);
  };
  const onClosing = (): void => fail(closedError());
  const timer = setTimeout(() => fail(timeoutError(connectTimeoutMilliseconds)), connectTimeoutMilliseconds);
  closing.addEventListener('abort', onClosing);

  connectRequest.on('error', fail);
  connectRequest.once('connect', ({ statusCode = 0 }, socket: Socket) => {
    current = socket;
    if (statusCode < 200 || statusCode > 299) {
      const error = new Error(`the proxy responded with ${statusCode} to CONNECT ${authority}`);
      return fail(Object.assign(error, { code: 'EPROXY' }));
    }
    const secure = connect({ ...TLS_OPTIONS, socket, host, servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] });
    current = secure;
    secure.on('error', fail);
    secure.once('secureConnect', () => {
      if (!end()) return;
      secure.off('error', fail);
      callback(null, secure);
    });
  });
  connectRequest.end();
}
