import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import { expect, onTestFinished, test, vi } from 'vitest';
import { BURST_REQUESTS, BurstTransport } from '../../../src/http/transport/burst-transport.js';
import type { TransportRequest } from '../../../src/http/transport/transport.js';
import { readBody, serve } from '../support/server.js';

const REQUEST: TransportRequest = {
  method: 'POST',
  path: '/api/v1/events',
  headers: { 'Content-Type': 'application/json' },
  body: Buffer.from('{}'),
  timeoutMilliseconds: 10_000,
};

/** Counts requests by who sends them. */
function countRequests(): { node: number; undici: number } {
  const counts = { node: 0, undici: 0 };
  const channels = { 'http.client.request.start': () => counts.node++, 'undici:request:create': () => counts.undici++ };
  for (const [name, listener] of Object.entries(channels)) {
    subscribe(name, listener);
    onTestFinished(() => void unsubscribe(name, listener));
  }
  return counts;
}

async function start() {
  const arrived: string[] = [];
  const server = await serve(async (request, response) => {
    arrived.push(String(await readBody(request)));
    response.writeHead(202).end('{"errors":[]}');
  });
  const transport = new BurstTransport({ server: server.url, proxy: undefined, connectTimeoutMilliseconds: 10_000 });
  onTestFinished(() => transport.close());
  return { server, transport, arrived, counts: countRequests() };
}

async function send(transport: BurstTransport, requests: number): Promise<void> {
  for (let i = 0; i < requests; i += 4) {
    const responses = await Promise.all(Array.from({ length: Math.min(4, requests - i) }, () => transport.send(REQUEST)));
    for (const { statusCode } of responses) expect(statusCode).toBe(202);
  }
}

test('node:http sends until there is a burst, and undici from then on', async () => {
  const { transport, arrived, counts } = await start();
  await send(transport, BURST_REQUESTS);
  expect(counts).toEqual({ node: BURST_REQUESTS, undici: 0 });
  await send(transport, 500);
  await vi.waitFor(async () => {
    const { undici } = counts;
    await send(transport, 4);
    expect(counts.undici).toBe(undici + 4);
  });
  expect(arrived).toHaveLength(counts.node + counts.undici);
});

test('requests spread over time are no burst', async () => {
  let milliseconds = 0;
  const { transport, counts } = await start();
  vi.resetModules();
  vi.doMock('../../../src/runtime/real-timers.js', async (load) => ({
    ...(await load<object>()),
    nowMilliseconds: () => milliseconds,
  }));
  onTestFinished(() => void vi.doUnmock('../../../src/runtime/real-timers.js'));
  const { BurstTransport: Fresh } = await import('../../../src/http/transport/burst-transport.js');
  const { server } = await start();
  const slow = new Fresh({ server: server.url, proxy: undefined, connectTimeoutMilliseconds: 10_000 });
  onTestFinished(() => slow.close());
  for (let i = 0; i < 3; i++) {
    await send(slow as unknown as BurstTransport, BURST_REQUESTS);
    milliseconds += 10_001;
  }
  expect(counts.undici).toBe(0);
  void transport;
});

test.each(['is missing', 'has no pool in this place', 'is replaced by another module, as in Bun'])(
  'node:http goes on where undici %s',
  async (how) => {
    vi.resetModules();
    vi.doMock('undici/lib/dispatcher/pool.js', () => {
      if (how.startsWith('is missing')) throw new Error('no such module');
      class Stub {
        request(): void {}
      }
      return { default: how.startsWith('is replaced') ? Stub : undefined };
    });
    onTestFinished(() => void vi.doUnmock('undici/lib/dispatcher/pool.js'));
    const { BurstTransport: Fresh } = await import('../../../src/http/transport/burst-transport.js');
    const { server, arrived } = await start();
    const transport = new Fresh({ server: server.url, proxy: undefined, connectTimeoutMilliseconds: 10_000 });
    onTestFinished(() => transport.close());
    await send(transport as unknown as BurstTransport, BURST_REQUESTS + 300);
    expect(arrived).toHaveLength(BURST_REQUESTS + 300);
  },
);

test('a request whose connection the server has closed is sent by node:http', async () => {
  const { server, transport, counts } = await start();
  await send(transport, BURST_REQUESTS + 500);
  await vi.waitFor(async () => {
    const { undici } = counts;
    await send(transport, 4);
    expect(counts.undici).toBe(undici + 4);
  });
  const { node } = counts;
  for (const socket of server.connections) socket.once('data', () => socket.destroy());
  await send(transport, 4);
  expect(counts.node).toBeGreaterThan(node);
});

test('node:http sends while an interceptor has replaced its function', async () => {
  const { transport, counts } = await start();
  await send(transport, BURST_REQUESTS + 500);
  const { request } = http;
  onTestFinished(() => {
    http.request = request;
  });
  let intercepted = 0;
  http.request = ((...args: Parameters<typeof request>) => {
    intercepted++;
    return request(...args);
  }) as typeof request;
  const { undici } = counts;
  await send(transport, 8);
  expect(intercepted).toBe(8);
  expect(counts.undici).toBe(undici);
});

test('node:http sends where responses come over other sockets than those of Node.js', async () => {
  const { transport, counts } = await start();
  const { request } = http;
  onTestFinished(() => {
    http.request = request;
  });
  http.request = ((...args: Parameters<typeof request>) => {
    const outgoing = request(...args);
    // Before the listeners of the transport, which looks at the socket.
    outgoing.prependOnceListener('response', (incoming) => {
      Object.defineProperty(incoming, 'socket', { value: Object.create(incoming.socket) });
    });
    return outgoing;
  }) as typeof request;
  await send(transport, BURST_REQUESTS + 500);
  expect(counts.undici).toBe(0);
});

test('node:http sends while timers are mocked', async () => {
  const { transport, counts } = await start();
  await send(transport, BURST_REQUESTS + 500);
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const { undici } = counts;
  await send(transport, 8);
  expect(counts.undici).toBe(undici);
});
