import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { CERTIFICATE, KEY } from './certificate.js';

export { unusedUrl } from '../../support/unused-url.js';

export interface TestServer {
  /** Has the address 127.0.0.1 and a port chosen by the system. */
  url: URL;
  /** All connections accepted so far. */
  connections: Socket[];
  close(): void;
}

/** Serves raw connections on the loopback until the test ends. */
export function serveConnections(onConnection: (socket: Socket) => void): Promise<TestServer> {
  return listen(net.createServer(onConnection), 'http:');
}

/** Serves HTTP on the loopback until the test ends. */
export function serve(listener: http.RequestListener): Promise<TestServer> {
  return listen(http.createServer(listener), 'http:');
}

/** Serves HTTPS with the test certificate on the loopback until the test ends. */
export function serveSecurely(listener: http.RequestListener): Promise<TestServer> {
  return listen(https.createServer({ key: KEY, cert: CERTIFICATE }, listener), 'https:');
}

export async function listen(server: net.Server, protocol: 'http:' | 'https:'): Promise<TestServer> {
  const connections: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    // Clients in these tests reset connections, which is no failure of the server.
    socket.on('error', () => {});
    connections.push(socket);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    server.close();
    for (const socket of connections) socket.destroy();
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return { url: new URL(`${protocol}//127.0.0.1:${port}`), connections, close };
}

export async function readBody(request: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Resolves when the client has ended a connection in any way. */
export async function closed(socket: Socket): Promise<void> {
  if (!socket.destroyed) await new Promise((resolve) => socket.once('close', resolve));
}
