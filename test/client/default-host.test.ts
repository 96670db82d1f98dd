import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryReporter, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';
import { engineNames } from '../support/engines.js';
import { hideBuiltin } from '../support/hide-builtin.js';
import '../support/client.js';

/** Makes the machine have this name until the test ends. */
function nameMachine(hostname: () => string): void {
  const { getBuiltinModule } = process;
  process.getBuiltinModule = ((id: string) => (id === 'node:os' ? { hostname } : getBuiltinModule(id))) as never;
  onTestFinished(() => {
    process.getBuiltinModule = getBuiltinModule;
  });
}

function setVariable(name: string, value: string): void {
  vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

/** Starts a client whose host nobody else chooses. */
function start(options: ThreadStatsOptions = {}) {
  const reporter = new MemoryReporter();
  const errors: Error[] = [];
  const stats = new ThreadStats({ reporter, onError: (error) => errors.push(error), ...options }).start({ flushMode: 'manual' });
  onTestFinished(() => void stats.stop({ flush: false, timeout: 0 }));
  return { stats, reporter, errors };
}

async function hostOf(options?: ThreadStatsOptions): Promise<string | null> {
  const { stats, reporter } = start(options);
  stats.increment('x');
  await stats.flush(Number.POSITIVE_INFINITY);
  return reporter.metrics[0].host;
}

test('a client reports the name of the machine as its host', async () => {
  nameMachine(() => 'web-7c9f8d5b4-x2x9z');
  expect(await hostOf()).toBe('web-7c9f8d5b4-x2x9z');
});

test('DD_HOSTNAME takes the place of the name of the machine', async () => {
  nameMachine(() => 'machine');
  setVariable('DD_HOSTNAME', 'i-0123456789');
  expect(await hostOf()).toBe('i-0123456789');
});

test('the option `host` takes the place of DD_HOSTNAME', async () => {
  setVariable('DD_HOSTNAME', 'of-the-environment');
  expect(await hostOf({ host: 'own' })).toBe('own');
});

test("there is no host with `host: ''`", async () => {
  setVariable('DD_HOSTNAME', 'of-the-environment');
  expect(await hostOf({ host: '' })).toBeNull();
});

test('a DD_HOSTNAME that the intake would refuse is a RangeError', () => {
  setVariable('DD_HOSTNAME', 'h'.repeat(254));
  expect(() => new ThreadStats({ reporter: new MemoryReporter() })).toThrow(
    /^The environment variable DD_HOSTNAME is 'h+…'; accepted are at most 253 characters without NUL$/,
  );
});

test.each([
  'AWS_LAMBDA_FUNCTION_NAME',
  'VERCEL',
  'K_SERVICE',
  'CLOUD_RUN_JOB',
  'FUNCTION_TARGET',
  'FUNCTIONS_WORKER_RUNTIME',
  'WEBSITE_SITE_NAME',
  'CONTAINER_APP_NAME',
])('there is no host by default on a platform that sets %s', async (variable) => {
  nameMachine(() => 'instance-of-a-minute');
  setVariable(variable, 'a-function');
  expect(await hostOf()).toBeNull();
});

test('DD_HOSTNAME counts on a serverless platform too', async () => {
  setVariable('K_SERVICE', 'a-service');
  setVariable('DD_HOSTNAME', 'named');
  expect(await hostOf()).toBe('named');
});

test.each(['localhost', 'LOCALHOST', 'localhost.localdomain', 'ip6-localhost', '', 'a b', 'h'.repeat(254)])(
  'there is no host by default if the machine calls itself %j',
  async (name) => {
    nameMachine(() => name);
    expect(await hostOf()).toBeNull();
  },
);

test('there is no host by default if the runtime denies the name of the machine', async () => {
  nameMachine(() => {
    throw new Error('Requires sys access to "hostname", run again with the --allow-sys flag');
  });
  expect(await hostOf()).toBeNull();
});

test('there is no host by default if the runtime has no node:os', async () => {
  hideBuiltin('node:os');
  expect(await hostOf()).toBeNull();
});

test("an event has the client's host", async () => {
  nameMachine(() => 'machine');
  const { stats, reporter } = start();
  stats.event('title', 'text');
  stats.event('title', 'text', { hostname: 'own' });
  stats.event('title', 'text', { hostname: '' });
  await stats.flush();
  expect(reporter.events.map(({ host }) => host)).toEqual(['machine', 'own', undefined]);
});

test("the events of a child with `host: ''` have no host", async () => {
  const { stats, reporter } = start({ host: 'machine' });
  stats.child({ host: '' }).event('title', 'text');
  await stats.flush();
  expect(reporter.events).toEqual([{ title: 'title', text: 'text' }]);
});

describe.each(engineNames)("with the %s engine, a sample that names the client's host", (engine) => {
  test('belongs to the same series as one that names none', async () => {
    const { stats, reporter } = start({ engine, host: 'web-1', counterType: 'count' });
    stats.increment('x', 1, ['a:1']);
    stats.increment('x', 1, { tags: ['a:1'], host: 'web-1' });
    stats.child({ host: 'web-1' }).increment('x', 1, ['a:1']);
    stats.createCounter('x', { tags: ['a:1'], host: 'web-1' }).increment();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics).toMatchObject([{ host: 'web-1', points: [[expect.any(Number), 4]] }]);
  });

  test('differs from one that names another, and from one that has none', async () => {
    const { stats, reporter } = start({ engine, host: 'web-1', counterType: 'count' });
    stats.increment('x', 1, { host: 'web-2' });
    stats.increment('x', 2, { host: '' });
    stats.increment('x', 4);
    stats.createCounter('x', { host: '' }).increment(8);
    stats.child({ host: '' }).increment('x', 16);
    await stats.flush(Number.POSITIVE_INFINITY);
    const values = new Map(reporter.metrics.map(({ host, points }) => [host, points[0][1]]));
    expect(values).toEqual(
      new Map([
        ['web-2', 1],
        [null, 26],
        ['web-1', 4],
      ]),
    );
  });
});
