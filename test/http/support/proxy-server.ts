import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import net from 'node:net';
import type { Duplex } from 'node:stream';
import { CERTIFICATE, KEY } from './certificate.js';
import { listen, type TestServer } from './server.js';

export interface TestProxy extends TestServer {
  /** Method and target, and headers, of every request to the proxy itself. */
  requests: { line: string; headers: IncomingHttpHeaders }[];
}

/**
 * Starts a forward proxy: absolute-form requests are passed on, CONNECT opens a tunnel. `refuse` makes it respond with that
 * status.
 */
export async function serveProxy(options: { secure?: boolean; refuse?: number; hang?: boolean } = {}): Promise<TestProxy> {
  const requests: TestProxy['requests'] = [];
  const note = (request: IncomingMessage): void => {
    requests.push({ line: `${request.method} ${request.url}`, headers: request.headers });
  };
  const server = options.secure ? https.createServer({ key: KEY, cert: CERTIFICATE }) : http.createServer();
  server.on('request', (request, response) => {
    note(request);
    if (options.hang) return;
    if (options.refuse !== undefined) {
      response.writeHead(options.refuse).end();
      return;
    }
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = http.request(request.url!, { method: request.method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, client: Duplex) => {
    note(request);
    client.on('error', () => {});
    if (options.hang) {
      client.on('end', () => client.end()).resume();
      return;
    }
    if (options.refuse !== undefined) {
      client.end(`HTTP/1.1 ${options.refuse} No\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`https://${request.url}`);
    const onward = net.connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      client.pipe(onward).pipe(client);
    });
    onward.on('error', () => client.destroy());
    client.on('close', () => onward.destroy());
  });
  return { ...(await listen(server, options.secure ? 'https:' : 'http:')), requests };
}
