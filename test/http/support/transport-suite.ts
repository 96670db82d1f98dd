import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Transport, TransportOptions, TransportRequest } from '../../../src/http/transport/transport.js';
import { trustCertificate } from './certificate.js';
import { serveProxy } from './proxy-server.js';
import { closed, readBody, serve, serveConnections, serveSecurely, unusedUrl } from './server.js';

type Open = (options: TransportOptions) => Transport | Promise<Transport>;

/** What some transports leave to others. */
interface Abilities {
  /** Repeats a request whose connection was closed. Default: true. */
  readonly repeats?: boolean;
  /** Uses proxies. Default: true. */
  readonly usesProxies?: boolean;
  /** Limits the number of connections. Default: true. */
  readonly limitsConnections?: boolean;
  /** Verifies certificates whatever NODE_TLS_REJECT_UNAUTHORIZED says. Default: true. */
  readonly verifies?: boolean;
}

const REQUEST: TransportRequest = {
  method: 'POST',
  path: '/base/api/v2/series',
  headers: { 'DD-API-KEY': 'secret-key', 'Content-Type': 'application/json' },
  body: Buffer.from('{"series":[]}'),
  timeoutMilliseconds: 10_000,
};
const BRIEF = { ...REQUEST, timeoutMilliseconds: 100 };

/** Sets the variable until the test ends. Node.js warns when it is '0', which is expected here. */
function setRejectUnauthorized(value: string | undefined): void {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', value);
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => {
    vi.unstubAllEnvs();
    warnings.mockRestore();
    for (const [warning] of warnings.mock.calls) expect(String(warning)).toContain('NODE_TLS_REJECT_UNAUTHORIZED');
  });
}

/** What every transport must do alike. */
export function describeTransport(open: Open, abilities: Abilities = {}): void {
  const { repeats = true, usesProxies = true, limitsConnections = true, verifies = true } = abilities;
  async function start(server: URL, options: Partial<TransportOptions> = {}): Promise<Transport> {
    const transport = await open({ server, proxy: undefined, connectTimeoutMilliseconds: 10_000, ...options });
    onTestFinished(() => transport.close());
    return transport;
  }

  describe('requests', () => {
    test('carry method, path, headers and body, and return status, headers and text', async () => {
      const seen: unknown[] = [];
      const server = await serve(async (request, response) => {
        seen.push(request.method, request.url, request.headers, String(await readBody(request)));
        response.writeHead(429, { 'Retry-After': '7' }).end('slow down');
      });
      const response = await (await start(server.url)).send(REQUEST);
      expect(response).toMatchObject({ statusCode: 429, text: 'slow down' });
      expect(response.headers['retry-after']).toBe('7');
      expect(seen).toMatchObject([
        'POST',
        '/base/api/v2/series',
        { host: server.url.host, 'dd-api-key': 'secret-key', 'content-length': '13' },
        '{"series":[]}',
      ]);
    });

    test('need not have a body', async () => {
      const server = await serve((request, response) => response.end(request.method));
      const { body: _, ...request } = REQUEST;
      expect(await (await start(server.url)).send({ ...request, method: 'GET' })).toMatchObject({ statusCode: 200, text: 'GET' });
    });

    test('made one after the other share a connection', async () => {
      const server = await serve((request, response) => {
        request.resume();
        response.writeHead(202).end('{"errors":[]}');
      });
      const transport = await start(server.url);
      for (let i = 0; i < 5; i++) expect((await transport.send(REQUEST)).statusCode).toBe(202);
      expect(server.connections).toHaveLength(1);
    });

    test('are aborted by their signal, before and after the server has received them', async () => {
      const arrived = new AbortController();
      let requests = 0;
      const server = await serve(() => {
        requests++;
        arrived.abort();
      });
      const transport = await start(server.url);
      const { signal } = arrived;
      await expect(transport.send({ ...REQUEST, signal })).rejects.toThrow();
      await expect(transport.send({ ...REQUEST, signal })).rejects.toThrow();
      expect(requests).toBe(1);
    });

    test.runIf(limitsConnections)('made at the same time use at most four connections', async () => {
      let atOnce = 0;
      let most = 0;
      const server = await serve(async (request, response) => {
        most = Math.max(most, ++atOnce);
        await readBody(request);
        atOnce--;
        response.end();
      });
      const transport = await start(server.url);
      await Promise.all(Array.from({ length: 20 }, () => transport.send(REQUEST)));
      expect(most).toBeLessThanOrEqual(4);
      expect(server.connections).toHaveLength(4);
    });

    test('do not follow redirects', async () => {
      const elsewhere = await serve((_, response) => response.end());
      const server = await serve((_, response) => response.writeHead(307, { Location: elsewhere.url.href }).end());
      expect((await (await start(server.url)).send(REQUEST)).statusCode).toBe(307);
      expect(elsewhere.connections).toHaveLength(0);
    });
  });

  describe('responses', () => {
    test('are read up to 1024 bytes, even if they are endless', async () => {
      const server = await serve((_, response) => {
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(4096)));
        };
        response.on('drain', more);
        more();
      });
      const transport = await start(server.url);
      expect((await transport.send(REQUEST)).text).toBe('x'.repeat(1024));
      await closed(server.connections[0]);
    });

    test('of exactly 1024 bytes leave the connection open', async () => {
      const server = await serve((_, response) => response.end('y'.repeat(1024)));
      const transport = await start(server.url);
      expect((await transport.send(REQUEST)).text).toBe('y'.repeat(1024));
      await transport.send(REQUEST);
      expect(server.connections).toHaveLength(1);
    });

    test('whose body breaks off count by their status', async () => {
      const server = await serve((_, response) => {
        response.writeHead(202, { 'Content-Length': '1000' });
        response.write('{"err', () => response.socket!.resetAndDestroy());
      });
      const response = await (await start(server.url)).send(REQUEST);
      expect(response.statusCode).toBe(202);
      expect('{"err').toContain(response.text);
    });

    test('whose body stalls count by their status when the time is up', async () => {
      const server = await serve((_, response) => response.writeHead(403).write('half'));
      expect(await (await start(server.url)).send(BRIEF)).toMatchObject({ statusCode: 403, text: 'half' });
    });

    test('that arrive before the request’s body was read count', async () => {
      const server = await serveConnections((socket) => {
        socket.once('data', () => {
          socket.pause();
          socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nlarge');
        });
      });
      const transport = await start(server.url);
      const body = Buffer.alloc(32 * 1024 * 1024, 32);
      expect(await transport.send({ ...REQUEST, body })).toMatchObject({ statusCode: 413, text: 'large' });
    });

    test.each(['destroy', 'resetAndDestroy'] as const)(
      'that arrive before the request’s body was read count, even if the server ends the connection by %s()',
      async (end) => {
        const server = await serveConnections((socket) => {
          socket.once('data', () => {
            socket.pause();
            socket.write('HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy', () =>
              socket[end](),
            );
          });
        });
        const transport = await start(server.url);
        const body = Buffer.alloc(32 * 1024 * 1024, 32);
        const response = await transport.send({ ...REQUEST, body });
        expect(response).toMatchObject({ statusCode: 503, headers: { 'retry-after': '7' } });
      },
    );

    test('that arrive before the request’s body was read: the caller may change the body', async () => {
      const chunks: Buffer[] = [];
      const server = await serveConnections((socket) => {
        socket.once('data', (chunk: Buffer) => {
          chunks.push(chunk);
          socket.pause().write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n');
        });
      });
      const transport = await start(server.url);
      const body = Buffer.alloc(2 ** 24, 'a');
      expect((await transport.send({ ...REQUEST, body })).statusCode).toBe(202);
      const [socket] = server.connections;
      const ended = closed(socket);
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
      body.fill('b');
      // Bytes that are already in the sockets arrive before the connection ends.
      await transport.close();
      await ended;
      expect(String(Buffer.concat(chunks)).split('\r\n\r\n')[1]).toMatch(/^a+$/);
    });

    test.each([
      ['nothing', ''],
      ['half a status line', 'HTTP/1.1 20'],
      ['half of the headers', 'HTTP/1.1 202 Accepted\r\nContent-Le'],
      ['informational responses', 'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'],
    ])('that consist of %s make the request reject when the time is up', async (_, head) => {
      const server = await serveConnections((socket) => socket.once('data', () => socket.write(head)));
      await expect((await start(server.url)).send(BRIEF)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
      await closed(server.connections[0]);
    });

    test('whose headers come byte by byte make the request reject when the time is up', async () => {
      const server = await serveConnections((socket) => {
        const timer = setInterval(() => socket.write('x'), 10);
        socket.once('close', () => clearInterval(timer));
        socket.write('HTTP/1.1 202 Accepted\r\nX-Long: ');
      });
      await expect((await start(server.url)).send(BRIEF)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
      await closed(server.connections[0]);
    });

    test.each(['bytes', 'trailers'])('whose %s never end count by their status when the time is up', async (what) => {
      const server = await serveConnections((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\nTrailer: X-Y\r\n\r\n1\r\n{\r\n');
          if (what === 'trailers') socket.write('0\r\nX-Y: ');
        });
      });
      expect(await (await start(server.url)).send(BRIEF)).toMatchObject({ statusCode: 202, text: '{' });
      await closed(server.connections[0]);
    });

    test.each([
      'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
      'HTTP/1.1 101 Switching Protocols\r\n\r\n',
      'HTTP/1.1 202 Accepted\r\nConnection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n',
    ])('that change the protocol settle the request, and its connection is closed or used: %j', async (head) => {
      const server = await serveConnections((socket) => socket.on('data', () => socket.write(head)));
      const transport = await start(server.url);
      const outcome = await transport.send(BRIEF).then(
        ({ statusCode }) => statusCode,
        (error) => error.code,
      );
      expect(head.includes(' 202 ') ? [202] : [101, 'UND_ERR_SOCKET', 'ERR_ASSERTION']).toContain(outcome);
    });

    test('that are not HTTP make the request reject', async () => {
      const server = await serveConnections((socket) => void socket.end('garbage\r\n\r\n'));
      await expect((await start(server.url)).send(REQUEST)).rejects.toThrow();
    });

    test('that never arrive make the request reject when the time is up', async () => {
      const server = await serve(() => {});
      const transport = await start(server.url);
      await expect(transport.send(BRIEF)).rejects.toMatchObject({ code: 'ETIMEDOUT', message: 'no response within 0.1 s' });
    });

    test('cut off by a reset make the request reject', async () => {
      const server = await serve((request) => request.socket.resetAndDestroy());
      await expect((await start(server.url)).send(REQUEST)).rejects.toThrow();
    });

    test.runIf(repeats)(
      'are requested once more, over another connection, when an idle connection was closed by the server',
      async () => {
        const used = new Set<unknown>();
        let requests = 0;
        const server = await serve((request, response) => {
          requests++;
          request.resume();
          if (!used.has(request.socket)) response.writeHead(202).end();
          else if (requests % 2 === 0) request.socket.resetAndDestroy();
          else request.socket.destroy();
          used.add(request.socket);
        });
        const transport = await start(server.url);
        for (let i = 0; i < 4; i++) expect((await transport.send(REQUEST)).statusCode).toBe(202);
        expect(requests).toBe(7);
        expect(server.connections).toHaveLength(4);
      },
    );

    test.runIf(repeats)('are not requested a third time, nor again when a new connection was closed', async () => {
      let isUp = true;
      let requests = 0;
      const server = await serve((request, response) => {
        requests++;
        request.resume();
        if (isUp) response.writeHead(202).end();
        else request.socket.resetAndDestroy();
      });
      const transport = await start(server.url);
      await transport.send(REQUEST);
      isUp = false;
      await expect(transport.send(REQUEST)).rejects.toThrow();
      await expect(transport.send(REQUEST)).rejects.toThrow();
      // The second request used an open connection, so it was repeated; the third did not.
      expect(requests).toBe(4);
    });

    test('cannot come from a server that does not listen: the request rejects', async () => {
      await expect((await start(await unusedUrl())).send(REQUEST)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });

  describe('close', () => {
    test('makes requests in flight, waiting requests and later requests reject', async () => {
      const server = await serve(() => {});
      const transport = await start(server.url);
      const requests = Array.from({ length: 6 }, () => transport.send(REQUEST));
      const settled = Promise.allSettled(requests);
      while (server.connections.length < 4) await new Promise(setImmediate);
      await transport.close();
      expect((await settled).map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
      await expect(transport.send(REQUEST)).rejects.toThrow();
    });
  });

  describe('TLS', () => {
    test('accepts a server with a trusted certificate', async () => {
      onTestFinished(trustCertificate());
      const server = await serveSecurely((_, response) => response.writeHead(202).end());
      const transport = await start(server.url);
      for (let i = 0; i < 3; i++) expect((await transport.send(REQUEST)).statusCode).toBe(202);
      expect(server.connections).toHaveLength(1);
    });

    test.runIf(verifies).each([undefined, '0'])(
      'refuses a certificate that nobody vouches for, with NODE_TLS_REJECT_UNAUTHORIZED=%s',
      async (value) => {
        setRejectUnauthorized(value);
        let requests = 0;
        const server = await serveSecurely(() => requests++);
        await expect((await start(server.url)).send(REQUEST)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
        expect(requests).toBe(0);
      },
    );
  });

  describe.runIf(usesProxies)('proxies', () => {
    const authorization = 'Basic dXNlcjpwYXNz';

    test('receive the whole URL of an http server', async () => {
      const hosts: unknown[] = [];
      const server = await serve((request, response) => {
        hosts.push(request.headers.host, request.url);
        response.writeHead(202).end();
      });
      const proxy = await serveProxy();
      const transport = await start(server.url, { proxy: { url: proxy.url, authorization } });
      for (let i = 0; i < 3; i++) expect((await transport.send(REQUEST)).statusCode).toBe(202);
      expect(proxy.requests[0]).toMatchObject({
        line: `POST ${server.url.origin}/base/api/v2/series`,
        headers: { host: server.url.host, 'proxy-authorization': authorization },
      });
      expect(hosts.slice(0, 2)).toEqual([server.url.host, '/base/api/v2/series']);
      expect(proxy.connections).toHaveLength(1);
    });

    test('that refuse a request respond like any server', async () => {
      const proxy = await serveProxy({ refuse: 407 });
      const transport = await start(new URL('http://intake.invalid'), { proxy: { url: proxy.url, authorization: undefined } });
      expect((await transport.send(REQUEST)).statusCode).toBe(407);
    });

    for (const secure of [false, true]) {
      test(`reached by ${secure ? 'TLS' : 'TCP'} hold one tunnel to an https server, and do not see its content`, async () => {
        onTestFinished(trustCertificate());
        const server = await serveSecurely(async (request, response) => {
          await readBody(request);
          response.writeHead(202).end(request.headers['dd-api-key']);
        });
        const proxy = await serveProxy({ secure });
        const transport = await start(server.url, { proxy: { url: proxy.url, authorization } });
        for (let i = 0; i < 3; i++) expect(await transport.send(REQUEST)).toMatchObject({ statusCode: 202, text: 'secret-key' });
        expect(proxy.requests).toMatchObject([
          { line: `CONNECT ${server.url.host}`, headers: { host: server.url.host, 'proxy-authorization': authorization } },
        ]);
        expect(JSON.stringify(proxy.requests)).not.toContain('secret-key');
        expect(server.connections).toHaveLength(1);
      });
    }

    test.each([undefined, '0'])('do not weaken TLS, with NODE_TLS_REJECT_UNAUTHORIZED=%s', async (value) => {
      setRejectUnauthorized(value);
      const server = await serveSecurely(() => {});
      for (const secure of [false, true]) {
        const proxy = await serveProxy({ secure });
        const transport = await start(server.url, { proxy: { url: proxy.url, authorization: undefined } });
        await expect(transport.send(REQUEST)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
        if (secure) expect(proxy.requests).toEqual([]);
      }
    });

    test('that refuse a tunnel make the request reject with their status', async () => {
      const proxy = await serveProxy({ refuse: 407 });
      const transport = await start(new URL('https://intake.invalid'), { proxy: { url: proxy.url, authorization: undefined } });
      await expect(transport.send(REQUEST)).rejects.toThrow('the proxy responded with 407 to CONNECT intake.invalid:443');
    });

    test('that hang make the request reject when the time is up, and their connection is closed', async () => {
      const proxy = await serveProxy({ hang: true });
      const options = { proxy: { url: proxy.url, authorization: undefined }, connectTimeoutMilliseconds: 100 };
      const transport = await start(new URL('https://intake.invalid'), options);
      await expect(transport.send(BRIEF)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
      await closed(proxy.connections[0]);
    });

    test('that hang are disconnected when the transport closes', async () => {
      const proxy = await serveProxy({ hang: true });
      const transport = await start(new URL('https://intake.invalid'), { proxy: { url: proxy.url, authorization: undefined } });
      const settled = Promise.allSettled([transport.send(REQUEST)]);
      while (proxy.requests.length === 0) await new Promise(setImmediate);
      await transport.close();
      expect((await settled)[0].status).toBe('rejected');
      await closed(proxy.connections[0]);
    });

    test.each([
      ['nothing', ''],
      ['half a status line', 'HTTP/1.1 2'],
      ['a tunnel that leads nowhere', 'HTTP/1.1 200 OK\r\n\r\n'],
      ['informational responses', 'HTTP/1.1 102 Processing\r\n\r\n'],
      ['a change of the protocol', 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
      ['half of TLS', 'HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03\x00\x7a'],
    ])('that answer CONNECT with %s make the request reject when the time is up, if not before', async (_, answer) => {
      const proxy = await serveConnections((socket) => socket.once('data', () => socket.write(answer, 'latin1')));
      const options = { proxy: { url: proxy.url, authorization: undefined }, connectTimeoutMilliseconds: 100 };
      const transport = await start(new URL('https://intake.invalid'), options);
      await expect(transport.send(BRIEF)).rejects.toMatchObject({
        code: expect.stringMatching(/^(ETIMEDOUT|EPROXY|ECONNRESET)$/),
      });
      await closed(proxy.connections[0]);
    });

    test('that do not listen make the request reject', async () => {
      const proxy = { url: await unusedUrl(), authorization: undefined };
      const tunnelled = await start(new URL('https://intake.invalid'), { proxy });
      await expect(tunnelled.send(REQUEST)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      const plain = await start(new URL('http://intake.invalid'), { proxy });
      await expect(plain.send(REQUEST)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });
  });
}
