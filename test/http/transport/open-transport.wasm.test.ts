import { expect, onTestFinished, test, vi } from 'vitest';
import { NodeTransport } from '../../../src/http/transport/node-transport.js';
import { openTransport } from '../../../src/http/transport/open-transport.js';

const options = { server: new URL('http://127.0.0.1:1'), proxy: undefined, connectTimeoutMilliseconds: 1000 };

/** Resembles the module that replaces undici in Bun. */
class Stub {
  on(): this {
    return this;
  }

  request(): void {}
}

test('requests go through node:http where another module replaces undici', async () => {
  vi.doMock('undici', () => ({ Pool: Stub }));
  onTestFinished(() => {
    vi.doUnmock('undici');
  });
  expect(await openTransport(options)).toBeInstanceOf(NodeTransport);
});

test('requests go through node:http where undici is missing', async () => {
  vi.doMock('undici', () => {
    throw new Error('no such module');
  });
  onTestFinished(() => {
    vi.doUnmock('undici');
  });
  expect(await openTransport(options)).toBeInstanceOf(NodeTransport);
});

test('requests go through undici where it is installed', async () => {
  const transport = await openTransport(options);
  onTestFinished(() => transport.close());
  expect(transport).not.toBeInstanceOf(NodeTransport);
});
