import { expect, test } from 'vitest';
import { HttpReporter, ThreadStats } from '../../src/index.js';
import { serveProxy } from './support/proxy-server.js';
import { failureOf, reporterTo } from './support/reporter.js';
import { metric } from './support/rows.js';
import { serve } from './support/server.js';

test.each(['socks5h://user:hunter2@h:1080', 'ftp://h', 'http://', 'http://a b'])(
  'the proxy %j is reported, and nothing is sent around it',
  async (HTTP_PROXY) => {
    const server = await serve((_, response) => response.writeHead(202).end());
    const reporter = reporterTo(server.url, {}, { HTTP_PROXY });
    const { cause } = await failureOf(reporter.flushMetrics([metric()]));
    expect(cause).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_PROXY', retryable: true });
    const { message } = cause as Error;
    expect(message).toMatch(
      /^Nothing is sent\. The environment variable HTTP_PROXY is ".*"; accepted is the URL of an HTTP proxy/,
    );
    expect(message).not.toContain('hunter2');
    expect(server.connections).toHaveLength(0);
    expect(reporter.telemetry.rows).toMatchObject({ pending: 1 });
  },
);

test('a proxy that cannot be used does not concern a disabled client', () => {
  const saved = process.env.HTTPS_PROXY;
  process.env.HTTPS_PROXY = 'socks5h://h';
  try {
    new ThreadStats({ apiKey: 'key' }).start({ disabled: true }).increment('page.views');
    expect(new HttpReporter({ apiKey: 'key' })).toBeInstanceOf(HttpReporter);
  } finally {
    if (saved === undefined) Reflect.deleteProperty(process.env, 'HTTPS_PROXY');
    else process.env.HTTPS_PROXY = saved;
  }
});

test.each([
  [407, 'ERR_THREADSTATS_INTAKE_PROXY', 'the proxy requires credentials'],
  [403, 'ERR_THREADSTATS_INTAKE_PROXY', 'the proxy does not let this host through'],
  [502, 'ERR_THREADSTATS_INTAKE_UNREACHABLE', 'the proxy responded with 502'],
])('a proxy that answers CONNECT with %i fails as %s', async (refuse, code, text) => {
  const proxy = await serveProxy({ refuse });
  const reporter = reporterTo('https://intake.invalid', {}, { HTTPS_PROXY: proxy.url.origin });
  const { cause } = await failureOf(reporter.flushMetrics([metric()]));
  expect(cause).toMatchObject({ code, retryable: true, message: expect.stringContaining(text) });
});

test('a password with a percent sign reaches the proxy as it is', async () => {
  const server = await serve((_, response) => response.writeHead(202).end());
  const proxy = await serveProxy();
  const reporter = reporterTo(server.url, {}, { HTTP_PROXY: `http://u:100%@${proxy.url.host}` });
  await reporter.flushMetrics([metric()]);
  expect(proxy.requests[0].headers['proxy-authorization']).toBe(`Basic ${Buffer.from('u:100%').toString('base64')}`);
});
