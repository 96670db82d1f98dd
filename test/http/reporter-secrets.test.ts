import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { HttpReporter } from '../../src/http/http-reporter.js';
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

const BEHAVIOURS: Record<string, () => Promise<URL>> = {
  'accepts it': async () => (await serve((_, response) => response.writeHead(202).end())).url,
  'echoes the key with 403': async () =>
    (await serve((request, response) => response.writeHead(403).end(request.headers['dd-api-key']))).url,
  'echoes the key in headers': async () =>
    (await serve((request, response) => response.writeHead(302, { Location: `http://${request.headers['dd-api-key']}/` }).end()))
      .url,
  'echoes all headers, over and over': async () =>
    (
      await serve(async (request, response) => {
        await readBody(request);
        response.writeHead(500).end(JSON.stringify(request.headers).repeat(50));
      })
    ).url,
  'echoes the request as garbage': async () =>
    (await serveConnections((socket) => socket.once('data', (data) => socket.end(data)))).url,
  'echoes the request in a broken head': async () =>
    (
      await serveConnections((socket) =>
        socket.once('data', (data) => socket.end(`HTTP/1.1 200 OK\r\n${data.toString('latin1')}\0\r\n`)),
      )
    ).url,
  'resets the connection': async () => (await serve((request) => request.socket.resetAndDestroy())).url,
  'never answers': async () => (await serve(() => {})).url,
  'is not there': unusedUrl,
};

test.each(Object.entries(BEHAVIOURS))('the key is not shown after a flush to a server that %s', async (_, start) => {
  const reporter = new HttpReporter({ apiKey: KEY, url: String(await start()), timeout: 0.2 }, {});
  onTestFinished(() => reporter.close());
  expectNoKey(allOf(reporter));
  const flush = reporter.flushMetrics([metric()]);
  expectNoKey(allOf(reporter) + inspect(flush, { depth: null, showHidden: true }));
  expectNoKey(allOf(await flush.catch((error) => error)));
  await reporter.flushEvents([{ title: 't', text: 'x' }]).catch((error) => expectNoKey(allOf(error)));
  expectNoKey(allOf(reporter));
});
