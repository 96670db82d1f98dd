// The option `dispatcher`, with dispatchers of undici, and requests that nock sees.

import { Agent, Dispatcher, MockAgent, ProxyAgent } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { HttpReporter, type HttpReporterOptions, ThreadStats } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { runNode } from '../support/child-process.js';
import { serveProxy } from './support/proxy-server.js';
import { failureOf, reporterTo } from './support/reporter.js';
import { metric } from './support/rows.js';
import { serve } from './support/server.js';

/** A MockAgent that lets nothing through. It is closed when the test ends. */
function mockAgent(): MockAgent {
  const agent = new MockAgent();
  agent.disableNetConnect();
  onTestFinished(() => agent.close());
  return agent;
}

describe('requests through a dispatcher', () => {
  test('of the class MockAgent need no network', async () => {
    const agent = mockAgent();
    const seen: unknown[] = [];
    agent
      .get('https://api.datadoghq.com')
      .intercept({ path: '/api/v2/series', method: 'POST' })
      .reply(202, ({ headers, body }) => {
        seen.push(headers, body);
        return '{"errors":[]}';
      });
    const reporter = new HttpReporter({ apiKey: 'key', dispatcher: agent, compression: 'none' }, {});
    onTestFinished(() => reporter.close());
    await reporter.flushMetrics([metric()]);
    expect(reporter.telemetry).toMatchObject({ payloads: 1, rows: { sent: 1 } });
    expect(seen[0]).toMatchObject({ 'DD-API-KEY': 'key' });
    agent.assertNoPendingInterceptors();
  });

  test('of the class MockAgent fail as they are told to', async () => {
    const agent = mockAgent();
    const pool = agent.get('https://api.datadoghq.com');
    const intercept = () => pool.intercept({ path: '/api/v2/series', method: 'POST' });
    intercept().reply(403, 'no');
    intercept().replyWithError(Object.assign(new Error('no route'), { code: 'ENETUNREACH' }));
    intercept().reply(429, 'slowly', { headers: { 'retry-after': '7' } });
    const reports: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const reporter = new HttpReporter({ apiKey: 'key', dispatcher: agent }, {});
      const { cause } = await failureOf(reporter.flushMetrics([metric()]));
      reports.push(cause);
      await reporter.close();
    }
    expect(reports).toMatchObject([
      { code: 'ERR_THREADSTATS_INTAKE_FORBIDDEN', statusCode: 403 },
      { code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE', cause: { code: 'ENETUNREACH' } },
      { code: 'ERR_THREADSTATS_INTAKE_RATE_LIMITED', retryAfterSeconds: 7 },
    ]);
  });

  test('of the class Agent use its connections, and leave it open', async () => {
    const server = await serve((request, response) => request.resume().on('end', () => response.writeHead(202).end()));
    const agent = new Agent({ connections: 1 });
    onTestFinished(() => agent.close());
    for (let i = 0; i < 2; i++) {
      const stats = new ThreadStats({ apiKey: 'key', url: server.url.origin, dispatcher: agent }).start();
      stats.increment('page.views');
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1, pending: 0 });
      await stats.stop();
    }
    expect(agent.destroyed).toBe(false);
    expect(server.connections).toHaveLength(1);
  });

  test('of the class ProxyAgent go through its proxy, and not through that of the environment', async () => {
    await using intake = await startIntake();
    const proxy = await serveProxy();
    const agent = new ProxyAgent({ uri: proxy.url.origin, proxyTunnel: true });
    onTestFinished(() => agent.close());
    const environment = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'socks5://127.0.0.1:9' };
    const reporter = reporterTo(intake.url, { dispatcher: agent }, environment);
    await reporter.flushMetrics([metric()]);
    expect(intake.metrics).toHaveLength(1);
    expect(proxy.requests).toMatchObject([{ line: `CONNECT ${new URL(intake.url).host}` }]);
  });

  test('composed of interceptors use them', async () => {
    await using intake = await startIntake();
    const paths: string[] = [];
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const composed = agent.compose((dispatch) => (options, handler) => {
      paths.push(options.path);
      return dispatch(options, handler);
    });
    await reporterTo(intake.url, { dispatcher: composed }).flushMetrics([metric()]);
    expect(intake.metrics).toHaveLength(1);
    expect(paths).toEqual(['/api/v2/series']);
  });

  type OldHandler = Record<'onConnect' | 'onHeaders' | 'onData' | 'onComplete', (...args: unknown[]) => void>;
  type NewHandler = Record<
    'onRequestStart' | 'onResponseStart' | 'onResponseData' | 'onResponseEnd',
    (...args: unknown[]) => void
  >;
  const controller = { abort() {} };
  test.each<[string, (handler: OldHandler & NewHandler) => void]>([
    [
      'old',
      ({ onConnect, onHeaders, onData, onComplete }) => {
        onConnect(() => {});
        onHeaders(103, [], () => {}, 'Early Hints');
        onHeaders(429, [Buffer.from('Retry-After'), Buffer.from('7')], () => {}, 'Too Many Requests');
        onData(Buffer.from('slowly'));
        onComplete([]);
      },
    ],
    [
      'new',
      ({ onRequestStart, onResponseStart, onResponseData, onResponseEnd }) => {
        onRequestStart(controller, {});
        onResponseStart(controller, 103, {}, 'Early Hints');
        onResponseStart(controller, 429, { 'retry-after': '7' }, 'Too Many Requests');
        onResponseData(controller, Buffer.from('slowly'));
        onResponseEnd(controller, {});
      },
    ],
  ])('that knows only the %s interface of handlers', async (_, respond) => {
    const dispatcher = {
      dispatch(_options: unknown, handler: OldHandler & NewHandler) {
        setImmediate(respond, handler);
        return true;
      },
    };
    const reporter = reporterTo('http://intake.invalid', { dispatcher });
    const { cause } = await failureOf(reporter.flushMetrics([metric()]));
    expect(cause).toMatchObject({ statusCode: 429, retryAfterSeconds: 7, message: expect.stringContaining('(slowly)') });
  });

  test('that never answers or throws settle, too', async () => {
    const dispatchers = [
      { dispatch: () => true },
      {
        dispatch() {
          throw new Error('out of order');
        },
      },
      { dispatch: () => Promise.reject(new Error('out of order')) },
      {
        dispatch(_: unknown, handler: { onRequestStart(...args: unknown[]): void }) {
          const abort = (): never => {
            throw new Error('cannot abort');
          };
          handler.onRequestStart({ abort }, null);
        },
      },
    ];
    const codes: unknown[] = [];
    for (const dispatcher of dispatchers) {
      const reporter = reporterTo('http://intake.invalid', { dispatcher: dispatcher as unknown as Dispatcher, timeout: 0.1 });
      codes.push((await failureOf(reporter.flushMetrics([metric()]))).code);
    }
    const [timeout, unreachable] = ['ERR_THREADSTATS_INTAKE_TIMEOUT', 'ERR_THREADSTATS_INTAKE_UNREACHABLE'];
    expect(codes).toEqual([timeout, unreachable, unreachable, timeout]);
  });
});

describe('the option', () => {
  test.each([null, 1, 'http://proxy:3128', {}, { dispatch: 1 }, () => {}])('refuses %s', (dispatcher) => {
    const options = { apiKey: 'key', dispatcher } as unknown as HttpReporterOptions;
    for (const Client of [HttpReporter, ThreadStats]) {
      expect(() => new Client(options)).toThrow(/^The option `dispatcher` is .*; accepted is a dispatcher of undici/);
    }
  });

  test('cannot be used with a worker', () => {
    const stats = new ThreadStats({ apiKey: 'key', dispatcher: mockAgent() });
    expect(() => stats.start({ flushMode: 'worker' })).toThrow(RangeError);
    expect(() => stats.start({ flushMode: 'worker' })).toThrow(/^The option `flushMode` is 'worker'.*`dispatcher`/);
  });

  test('takes the types of undici', () => {
    const dispatcher: HttpReporterOptions['dispatcher'] = mockAgent() satisfies Dispatcher;
    expect(dispatcher).toBeInstanceOf(Dispatcher);
  });
});

// nock needs Promise.withResolvers, which Node.js 20 lacks.
const NOCK = `
  Promise.withResolvers ??= function () {
    let resolve, reject;
    const promise = new Promise((...functions) => ([resolve, reject] = functions));
    return { promise, resolve, reject };
  };
  const { default: nock } = await import('nock');
  nock.disableNetConnect();
  let seen = 0;
  nock('https://api.datadoghq.com').persist().post(/^\\/api\\/v[12]\\//).reply(() => {
    seen++;
    return [202, '{"errors":[]}'];
  });`;

test.each(['before', 'after'])('nock, loaded %s the package, sees every request, those of a burst too', async (when) => {
  const built = new URL('../../build/package/index.js', import.meta.url);
  const load = `const { ThreadStats } = await import(${JSON.stringify(built.href)});`;
  const script = `
    ${when === 'before' ? NOCK + load : load + NOCK}
    const stats = new ThreadStats({ apiKey: 'key' }).start();
    stats.increment('page.views');
    await stats.flush(Infinity);
    for (let flush = 0; flush < 3; flush++) {
      for (let i = 0; i < 500; i++) stats.event('deployed', String(i));
      await stats.flush(Infinity);
    }
    await stats.stop();
    console.log(seen, stats.telemetry.payloads);`;
  // Resolves nock from here.
  const directory = new URL('../..', import.meta.url).pathname;
  const { stdout, stderr, exitCode } = await runNode(['--input-type=module', '--eval', script], { directory });
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: '1501 1501\n', stderr: '', exitCode: 0 });
});
