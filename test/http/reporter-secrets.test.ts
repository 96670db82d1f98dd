import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { reporterTo } from './support/reporter.js';
import { metric } from './support/rows.js';
import { readBody, serve, serveConnections, unusedUrl } from './support/server.js';

const KEY = 'fedcba9876543210fedcba9876543210';

/** Returns everything that an object shows, its causes included. */
function allOf(value: unknown): string {
  const seen: string[] = [];
  for (let it = value; it !== undefined && it !== null; it = (it as { cause?: unknown }).cause) {
    const { message, stack } = it as Error;
    seen.push(inspect(it, { depth: null, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }));
    seen.push(String(it), JSON.stringify(it), String(message), String(stack));
    for (const key of Reflect.ownKeys(it as object)) seen.push(String(key), String((it as Record<PropertyKey, unknown>)[key]));
  }
  return seen.join('\n');
}

/** Looks for the key as text, and as the hexadecimal bytes of a printed buffer. */
function expectNoKey(text: string): void {
  expect(text).not.toContain(KEY);
  expect(text).not.toContain(
    Buffer.from(KEY)
      .toString('hex')
      .replace(/..(?!$)/g, '$& '),
  );
}

const BEHAVIOURS: Record<string, () => Promise<{ url: URL }>> = {
  'accepts it': () => serve((_, response) => response.writeHead(202).end()),
  'echoes the key with 403': () => serve((request, response) => response.writeHead(403).end(request.headers['dd-api-key'])),
  'echoes the key in headers': () =>
    serve((request, response) => response.writeHead(302, { Location: `http://${request.headers['dd-api-key']}/` }).end()),
  'echoes all headers, over and over': () =>
    serve(async (request, response) => {
      await readBody(request);
      response.writeHead(500).end(JSON.stringify(request.headers).repeat(50));
    }),
  'echoes the request as garbage': () => serveConnections((socket) => socket.once('data', (data) => socket.end(data))),
  'echoes the request in a broken head': () =>
    serveConnections((socket) =>
      socket.once('data', (data) => socket.end(`HTTP/1.1 200 OK\r\n${data.toString('latin1')}\0\r\n`)),
    ),
  'resets the connection': () => serve((request) => request.socket.resetAndDestroy()),
  'never answers': () => serve(() => {}),
  'is not there': async () => ({ url: await unusedUrl() }),
};

test.each(Object.entries(BEHAVIOURS))('the key is not shown after a flush to a server that %s', async (_, start) => {
  const reporter = reporterTo((await start()).url, { apiKey: KEY, timeout: 0.2 });
  expectNoKey(allOf(reporter));
  const flush = reporter.flushMetrics([metric()]);
  expectNoKey(allOf(reporter) + inspect(flush, { depth: null, showHidden: true }));
  expectNoKey(allOf(await flush.catch((error) => error)));
  await reporter.flushEvents([{ title: 't', text: 'x' }]).catch((error) => expectNoKey(allOf(error)));
  expectNoKey(allOf(reporter));
});
