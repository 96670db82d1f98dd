// The application's world is left alone: globals, prototypes, listeners, the environment, handles and what other libraries share.
// Without WebAssembly the application's own `fetch` cannot work, so there is less to look at.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { runFixture } from '../support/child-process.js';
import { engineNames } from '../support/engines.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

/** Accepts everything, and returns the bodies of the application. */
async function serveAll(): Promise<string> {
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    if (request.url === '/application') response.end(Buffer.concat(chunks));
    else response.writeHead(202).end('{"errors":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CASES = engineNames.flatMap((engine) => [
  { engine, start: {}, how: 'by the timer' },
  { engine, start: { flushMode: 'manual' }, how: 'by hand' },
  { engine, start: { flushMode: 'worker' }, how: 'by a worker' },
  { engine, start: {}, how: 'with a spool', spool: true },
  { engine, start: {}, how: 'by a listener of signals', start2: { handleSignals: ['SIGTERM'] } },
  { engine, start: {}, how: 'by a dispatcher', dispatcher: true },
  { engine, start: {}, how: 'in a burst', events: 1500 },
]);

test.each(CASES)('flushing $how leaves everything else as it was ($engine)', async (use) => {
  const { engine, start, start2, spool, dispatcher, events = 1 } = use as (typeof CASES)[number] & Record<string, never>;
  const env: Record<string, string> = {
    DD_URL: await serveAll(),
    DD_API_KEY: 'key',
    OPTIONS: JSON.stringify({ engine, ...(spool && { spoolDirectory: temporaryDirectory() }) }),
    START: JSON.stringify({ ...start, ...(start2 as object | undefined) }),
    EVENTS: String(events),
    ...(dispatcher && { DISPATCHER: 'yes' }),
  };
  const { stdout, stderr, exitCode } = await runFixture('world', { env });
  expect({ stdout, stderr: stderr.replace(/^.*ExperimentalWarning.*\n.*\n/gm, ''), exitCode }).toEqual({
    stdout: 'errors \n',
    stderr: '',
    exitCode: 0,
  });
});

test('the package is ASCII, because V8 holds other text in two bytes a character', () => {
  const folder = new URL('../../build/package/', import.meta.url);
  for (const file of ['index.js', 'shared.js', 'common.js', 'data.js']) {
    expect(readFileSync(new URL(file, folder), 'latin1')).not.toMatch(/[^\t\n -~]/);
  }
});
