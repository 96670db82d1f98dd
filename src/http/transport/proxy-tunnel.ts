import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { builtin } from '../../runtime/builtin.js';
import { after } from '../../runtime/real-timers.js';
import { addressOf, closedError, TLS_OPTIONS, type TransportOptions, timeoutError } from './transport.js';

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
  const target = { ...addressOf(proxy!.url), ...TLS_OPTIONS };
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
    timer.clear();
    closing.removeEventListener('abort', onClosing);
    return true;
  };
  const fail = (error: Error): void => {
    current.destroy();
    if (end()) callback(error, null);
  };
  const onClosing = (): void => fail(closedError());
  const timer = after(connectTimeoutMilliseconds, () => fail(timeoutError(connectTimeoutMilliseconds)));
  closing.addEventListener('abort', onClosing);

  connectRequest.on('error', fail);
  connectRequest.once('connect', ({ statusCode = 0 }, socket: Socket) => {
    current = socket;
    if (statusCode < 200 || statusCode > 299) {
      const error = new Error(`the proxy responded with ${statusCode} to CONNECT ${authority}`);
      return fail(Object.assign(error, { code: 'EPROXY', statusCode }));
    }
    const { isIP } = builtin('node:net');
    const secure = builtin('node:tls').connect({
      ...TLS_OPTIONS,
      socket,
      host,
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
    });
    current = secure;
    secure.on('error', fail);
    secure.once('secureConnect', () => {
      if (!end()) return;
      secure.off('error', fail);
      callback(null, secure);
    });
  });
  // Comes after everything else, also where the proxy has responded in a way that Node.js does not report.
  connectRequest.once('close', () => {
    if (current === connectRequest) fail(Object.assign(new Error('the proxy closed the connection'), { code: 'ECONNRESET' }));
  });
  connectRequest.end();
}
