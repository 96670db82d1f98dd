// The public functions of threadstats/lambda against an intake.

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type Intake, type IntakeOptions, startIntake } from '../../src/intake/index.js';
import type { SharedClient } from '../../src/lambda/shared-client.js';
import { engineNames } from '../support/engines.js';
import { PATIENT } from '../support/patience.js';
import '../support/client.js';
import { unusedUrl } from '../support/unused-url.js';

type Lambda = typeof import('../../src/lambda/index.js');

/** Warnings of the process, which is where the errors of the shared client go. */
const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});

// Every copy of the modules listens for 'beforeExit'.
process.setMaxListeners(50);

beforeEach(() => {
  warnings.mockClear();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Loads the functions as a new process does. */
async function load(env: Record<string, string>): Promise<Lambda> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  vi.resetModules();
  await import('../support/conservation.js');
  // Retries come after 100 ms, the least that backoff allows.
  const { systemTime } = await import('../../src/http/time-source.js');
  vi.spyOn(systemTime, 'random').mockReturnValue(0);
  return import('../../src/lambda/index.js');
}

/** Makes what the functions share as a new process does; it ends with the test. */
async function loadClient(env: Record<string, string>): Promise<SharedClient> {
  await load(env);
  const client = new (await import('../../src/lambda/shared-client.js')).SharedClient();
  onTestFinished(async () => {
    await client.stats.stop({ flush: false, timeout: 0 });
  });
  return client;
}

async function openIntake(options?: IntakeOptions): Promise<Intake> {
  const intake = await startIntake(options);
  onTestFinished(() => intake.close());
  return intake;
}

async function loadWith(intake: Intake, env: Record<string, string> = {}): Promise<Lambda> {
  return load({ DD_API_KEY: 'a-key-that-is-none', DATADOG_HOST: intake.url, ...env });
}

/** All values of a distribution that arrived, in ascending order. */
function valuesOf(intake: Intake, name: string): number[] {
  return intake
    .distribution(name)
    .flatMap(({ points }) => points.flatMap(([, values]) => values))
    .sort((a, b) => a - b);
}

function pathsOf(intake: Intake): string[] {
  return intake.requests.map(({ method, path }) => `${method} ${path}`).sort();
}

const VALIDATE = 'GET /api/v1/validate';
const DISTRIBUTIONS = 'POST /api/v1/distribution_points';

/** A context as the runtime's, 15 minutes before the deadline. */
const CONTEXT = { getRemainingTimeInMillis: () => 900_000 };

type Callback = (error: Error | null, result?: unknown) => void;

describe.each(engineNames)('on the engine %s', (engine) => {
  test("what a handler records arrives before the handler's result does", async () => {
    const intake = await openIntake();
    const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake, { THREADSTATS_ENGINE: engine, DD_ENV: 'test' });
    const handler = datadogLambdaWrapper(async (event: { orders: number }, _context: object) => {
      lambdaMetric('orders', event.orders, ['route:/home']);
      await new Promise(setImmediate);
      lambdaMetric('orders', 1, { tags: { route: '/home' } });
      return { statusCode: 200 };
    });
    expect(await handler({ orders: 7 }, CONTEXT)).toEqual({ statusCode: 200 });
    expect(valuesOf(intake, 'orders')).toEqual([1, 7]);
    expect(intake.distributions[0]).toMatchObject({ type: 'distribution', tags: ['route:/home', 'env:test'] });
    expect(await handler({ orders: 8 }, CONTEXT)).toEqual({ statusCode: 200 });
    expect(valuesOf(intake, 'orders')).toEqual([1, 1, 7, 8]);
    expect(pathsOf(intake)).toEqual([VALIDATE, DISTRIBUTIONS, DISTRIBUTIONS]);
    expect(intake.metrics).toEqual([]);
    expect(warnings).not.toHaveBeenCalled();
  });

  test('thousands of handlers that are nested and run at the same time lose nothing', async () => {
    const intake = await openIntake();
    const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake, { THREADSTATS_ENGINE: engine });
    const inner = datadogLambdaWrapper((value: number, _context: object, callback: Callback) => {
      lambdaMetric('inner', value);
      setImmediate(callback, value % 3 === 0 ? new Error(`${value}`) : null, value);
    });
    const outer = datadogLambdaWrapper(async (value: number, context: object) => {
      lambdaMetric('outer', value);
      try {
        return await new Promise((resolve, reject) =>
          inner(value, context, (error, outcome) => (error ? reject(error) : resolve(outcome))),
        );
      } finally {
        lambdaMetric('outer', value);
      }
    });
    const numbers = Array.from({ length: 3000 }, (_, i) => i);
    const outcomes = await Promise.allSettled(numbers.map((i) => outer(i, { getRemainingTimeInMillis: () => 30_000 + i })));
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 3 === 0) expect(outcome).toMatchObject({ status: 'rejected', reason: { message: `${i}` } });
      else expect(outcome).toEqual({ status: 'fulfilled', value: i });
    }
    expect(valuesOf(intake, 'inner')).toEqual(numbers);
    expect(valuesOf(intake, 'outer')).toEqual(numbers.flatMap((i) => [i, i]));
    // A flush serves many handlers.
    expect(intake.requests.length).toBeLessThan(100);
    expect(warnings).not.toHaveBeenCalled();
  });
});

test('a callback is called after the metrics have arrived', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  const handler = datadogLambdaWrapper((_event: object, _context: object, callback: Callback) => {
    setImmediate(() => {
      lambdaMetric('orders', 7);
      callback(null, 'done');
      callback(new Error('late'));
    });
  });
  const outcome = await new Promise((resolve) => {
    handler({}, CONTEXT, (...args) => resolve([...args, valuesOf(intake, 'orders')]));
  });
  expect(outcome).toEqual([null, 'done', [7]]);
});

test('a synchronous handler gives its result at once, and its metrics arrive', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  const handler = datadogLambdaWrapper((value: number) => {
    lambdaMetric('orders', value);
    if (value > 7) throw new RangeError('too many');
    return value;
  });
  expect(handler(7)).toBe(7);
  await intake.waitFor(() => valuesOf(intake, 'orders').length === 1, PATIENT);
  expect(() => handler(8)).toThrow(RangeError);
  await intake.waitFor(() => valuesOf(intake, 'orders').length === 2, PATIENT);
  expect(valuesOf(intake, 'orders')).toEqual([7, 8]);
});

test('a synchronous handler does not end the retries of the next one', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  datadogLambdaWrapper(() => lambdaMetric('orders', 7))();
  await intake.waitFor(() => valuesOf(intake, 'orders').length === 1, PATIENT);
  intake.answer({ statusCode: 503 }, { path: '/api/v1/distribution_points' });
  await datadogLambdaWrapper(async () => lambdaMetric('orders', 8))();
  expect(valuesOf(intake, 'orders')).toEqual([7, 8]);
});

test('tags one by one, as Datadog’s own function takes them, are refused', async () => {
  const intake = await openIntake();
  const { lambdaMetric } = await loadWith(intake);
  (lambdaMetric as (...args: unknown[]) => void)('orders', 1, ['shop:tartu'], 'beta');
  expect(warnings.mock.calls).toEqual([
    [
      expect.stringMatching(/^Dropped a distribution sample of 'orders' with 'beta' for a fourth argument: /),
      { type: 'ThreadStatsWarning', code: 'ERR_THREADSTATS_SAMPLE_BAD_OPTIONS' },
    ],
  ]);
});

test('what is recorded outside of handlers is sent with the next handler', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  lambdaMetric('cold.starts', 1);
  await datadogLambdaWrapper(async () => {})();
  expect(valuesOf(intake, 'cold.starts')).toEqual([1]);
});

test('what a handler records is sent before its deadline, though the handler has not ended', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  const deadline = Date.now() + 600;
  const context = { getRemainingTimeInMillis: () => deadline - Date.now() };
  void datadogLambdaWrapper((_event: object, _context: object) => {
    lambdaMetric('orders', 7);
    return new Promise(() => {});
  })({}, context);
  await intake.waitFor(() => valuesOf(intake, 'orders').length > 0, PATIENT);
});

test.each([
  ['an error', { statusCode: 500 }],
  ['a refusal', { statusCode: 403 }],
  ['a reset', { fault: 'reset' }],
  ['silence', { fault: 'hang' }],
] as const)('%s in answer to the first request affects no handler', async (_, answer) => {
  const intake = await openIntake();
  intake.answer(answer, { path: '/api/v1/validate' });
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  expect(
    await datadogLambdaWrapper(async () => {
      lambdaMetric('orders', 7);
      return 'done';
    })(),
  ).toBe('done');
  expect(valuesOf(intake, 'orders')).toEqual([7]);
  expect(warnings).not.toHaveBeenCalled();
});

test.each([
  ['a connection that breaks', { fault: 'reset' }],
  ['an intake that fails', { statusCode: 503 }],
] as const)('after %s, a request is repeated before the handler ends', async (_, answer) => {
  const intake = await openIntake();
  intake.answer(answer, { path: '/api/v1/distribution_points' });
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  await datadogLambdaWrapper(async () => lambdaMetric('orders', 7))();
  expect(valuesOf(intake, 'orders')).toEqual([7]);
  expect(warnings).not.toHaveBeenCalled();
});

test('an outage holds up the first handler for three seconds, and no others; their metrics are kept', async () => {
  const intake = await openIntake();
  intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
  const client = await loadClient({ DD_API_KEY: 'a', DD_URL: intake.url });
  const begin = performance.now();
  for (let value = 0; value < 20; value++) {
    const close = client.open(undefined);
    client.stats.distribution('orders', value);
    await close();
  }
  // It would be a minute if every handler were held up.
  expect(performance.now() - begin).toBeLessThan(45_000);
  expect(client.stats.telemetry.rows).toMatchObject({ sent: 0, pending: 20 });
  expect(warnings).toHaveBeenCalledOnce();
});

test('what an outage has left is sent at the next invocation, however long backoff would be', async () => {
  const intake = await openIntake();
  const recover = intake.answer({ statusCode: 403 }, { times: Number.POSITIVE_INFINITY });
  const client = await loadClient({ DD_API_KEY: 'a', DD_URL: intake.url });
  for (let value = 0; value < 3; value++) {
    const close = client.open(undefined);
    client.stats.distribution('orders', value);
    await close();
  }
  expect(client.stats.telemetry.rows).toMatchObject({ sent: 0, pending: 3 });
  recover();
  // After 403 backoff is at least 45 seconds.
  const close = client.open(undefined);
  await intake.waitFor(() => valuesOf(intake, 'orders').length === 3, PATIENT);
  await close();
  expect(valuesOf(intake, 'orders')).toEqual([0, 1, 2]);
  expect(client.stats.telemetry.rows).toMatchObject({ sent: 3, pending: 0 });
});

test('an intake that is silent holds a handler up until shortly before its deadline', async () => {
  const intake = await openIntake();
  intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
  const client = await loadClient({ DD_API_KEY: 'a', DD_URL: intake.url });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const close = client.open({ getRemainingTimeInMillis: () => 400 });
  client.stats.distribution('orders', 7);
  let isClosed = false;
  const closed = close().then(() => {
    isClosed = true;
  });
  await vi.advanceTimersByTimeAsync(299);
  expect(isClosed).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await closed;
  expect(client.stats.telemetry.rows).toMatchObject({ sent: 0, pending: 1 });
});

test('an intake that cannot be reached fails no handler, and is reported', async () => {
  const { origin, host } = await unusedUrl();
  const { datadogLambdaWrapper, lambdaMetric } = await load({ DD_API_KEY: 'a', DD_URL: origin });
  const handler = datadogLambdaWrapper(async (_event: object, _context: object) => {
    lambdaMetric('orders', 7);
    throw new Error("the handler's own");
  });
  await expect(handler({}, { getRemainingTimeInMillis: () => 1000 })).rejects.toThrow("the handler's own");
  await vi.waitFor(() => expect(warnings).toHaveBeenCalledOnce(), 100_000);
  expect(String(warnings.mock.calls[0][0])).toContain(host);
});

test.each([
  ['no API key', {}, 'DD_API_KEY'],
  ['a key that is none', { DD_API_KEY: 'schlüssel' }, 'DD_API_KEY'],
  ['a bad site', { DD_API_KEY: 'a', DD_SITE: 'https://x' }, 'DD_SITE'],
  ['a bad host', { DD_API_KEY: 'a', DATADOG_HOST: 'no URL' }, 'DATADOG_HOST'],
  ['a bad engine', { DD_API_KEY: 'a', THREADSTATS_ENGINE: 'steam' }, 'THREADSTATS_ENGINE'],
])('with %s, handlers run, and one warning names the cause', async (_, env, culprit) => {
  const { datadogLambdaWrapper, lambdaMetric } = await load(env);
  const handler = datadogLambdaWrapper(async (value: number) => {
    lambdaMetric('orders', value);
    return value;
  });
  expect(await handler(7)).toBe(7);
  expect(await handler(8)).toBe(8);
  expect(warnings).toHaveBeenCalledOnce();
  const [message, kind] = warnings.mock.calls[0];
  expect(message).toContain(culprit);
  const code = Object.keys(env).length === 0 ? 'ERR_THREADSTATS_MISSING_API_KEY' : 'ERR_THREADSTATS_ENVIRONMENT';
  expect(kind).toMatchObject({ code });
  expect(message).not.toContain('schlüssel');
});

test('without an API key the rows count as dropped', async () => {
  const client = await loadClient({});
  const close = client.open(undefined);
  client.stats.distribution('orders', 7);
  client.stats.distribution('orders', 8);
  await close();
  // Two values are one row.
  expect(client.stats.telemetry).toMatchObject({ samples: 2, applied: 2, rows: { sent: 0, dropped: { reporter: 1 } } });
});

test('malformed metrics are ignored, and malformed handlers are refused', async () => {
  const intake = await openIntake();
  const { datadogLambdaWrapper, lambdaMetric } = await loadWith(intake);
  await datadogLambdaWrapper(async () => {
    for (const [name, value] of [
      ['orders', Number.NaN],
      ['', 1],
      [undefined, 1],
      ['orders', '7'],
    ] as [string, number][]) {
      lambdaMetric(name, value);
    }
    lambdaMetric('orders', 7, 'tags' as never);
    lambdaMetric('orders', 8);
  })();
  expect(valuesOf(intake, 'orders')).toEqual([8]);
  for (const handler of [undefined, null, 'index.handler', {}]) {
    expect(() => datadogLambdaWrapper(handler as never)).toThrow(/^datadogLambdaWrapper takes a handler function, not /);
  }
});
