// Tests of applications replace timers and clocks. Deliveries go on all the same, and the schedule of flushes follows the tests.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { runInTimeSlices } from '../../src/runtime/time-slice.js';
import { serveConnections } from '../http/support/server.js';
import { runNode } from '../support/child-process.js';
import { engineNames } from '../support/engines.js';

/** Everything that Vitest can replace, which is what Sinon replaces. */
const ALL = [
  'setTimeout',
  'clearTimeout',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'Date',
  'performance',
  'hrtime',
  'queueMicrotask',
] as const;

const { setImmediate: setRealImmediate } = globalThis;

afterEach(() => {
  vi.useRealTimers();
});

describe.each(engineNames)('under vi.useFakeTimers(), with the %s engine,', (engine) => {
  test.each(['before', 'after'])('flush() and stop() settle if timers were replaced %s start()', async (when) => {
    await using intake = await startIntake();
    if (when === 'before') vi.useFakeTimers({ toFake: [...ALL] });
    const stats = new ThreadStats({ engine, apiKey: 'key', url: intake.url }).start();
    if (when === 'after') vi.useFakeTimers({ toFake: [...ALL] });
    for (let i = 0; i < 1000; i++) stats.gauge('queue.length', i, [`queue:${i}`]);
    stats.event('deployed', 'now');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1000, events: 1, pending: 0 });
    stats.increment('page.views');
    expect(await stats.stop()).toMatchObject({ metrics: 1, pending: 0 });
    expect(intake.metrics).toHaveLength(1001);
  });

  test('a request ends after its time, and stop() after its own', async () => {
    const server = await serveConnections(() => {});
    const errors: Error[] = [];
    const options = {
      engine,
      apiKey: 'key',
      url: server.url.origin,
      timeout: 0.1,
      onError: (error: Error) => errors.push(error),
    };
    const stats = new ThreadStats(options).start();
    vi.useFakeTimers({ toFake: [...ALL] });
    stats.increment('page.views');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ pending: 1 });
    await stats.stop({ timeout: 50 });
    expect(errors[0]).toMatchObject({ code: 'ERR_THREADSTATS_INTAKE_TIMEOUT' });
    expect(stats.telemetry.rows).toMatchObject({ pending: 0, dropped: { closed: 1 } });
  });

  test('what failed is retried', async () => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 500 }, { times: 1 });
    const stats = new ThreadStats({ engine, apiKey: 'key', url: intake.url, onError() {} }).start();
    vi.useFakeTimers({ toFake: [...ALL] });
    stats.increment('page.views');
    expect(await stats.stop()).toMatchObject({ pending: 0 });
    expect(intake.metrics).toHaveLength(1);
  });

  test('the timer flushes when the test lets its time pass', async () => {
    await using intake = await startIntake();
    vi.useFakeTimers({ toFake: [...ALL] });
    const stats = new ThreadStats({ engine, apiKey: 'key', url: intake.url }).start();
    for (let flush = 1; flush <= 3; flush++) {
      stats.increment('page.views', flush);
      vi.advanceTimersByTime(10_000);
      // A due time that passes while a flush runs is skipped.
      while (stats.telemetry.flushes < flush) await new Promise((resolve) => setRealImmediate(resolve));
    }
    await stats.stop();
    expect(intake.metrics.map(({ points }) => points[0][1])).toEqual([0.1, 0.2, 0.3]);
  });
});

test('while the fake clock stands still, a flush lets the event loop do other work', async () => {
  vi.useFakeTimers({ toFake: [...ALL] });
  let turns = 0;
  setRealImmediate(() => turns++);
  let steps = 0;
  await runInTimeSlices(0.01, () => turns === 0 && ++steps < 1e7);
  expect(turns).toBe(1);
});

describe('under the mock timers of node:test', () => {
  const built = new URL('../../build/package/index.js', import.meta.url);
  const prelude = `
    import { readFile } from 'node:fs/promises';
    import { mock } from 'node:test';
    import { ThreadStats } from ${JSON.stringify(built.href)};
    const create = () => new ThreadStats({ onError: (error) => console.log(error.code) });`;
  const apis = [['setTimeout'], ['setTimeout', 'setInterval', 'setImmediate', 'Date']];

  test.each(apis.map((list) => [list]))('with %j, flush() and stop() settle', async (list) => {
    await using intake = await startIntake();
    intake.answer({ statusCode: 500 }, { times: 1 });
    const script = `${prelude}
      const stats = create().start();
      mock.timers.enable({ apis: ${JSON.stringify(list)} });
      stats.increment('page.views');
      await stats.flush(Infinity);
      await stats.stop();
      console.log(stats.telemetry.rows.sent, stats.telemetry.rows.pending);`;
    const env = { DD_URL: intake.url, DD_API_KEY: 'key' };
    const { stdout, stderr } = await runNode(['--input-type=module', '--eval', script], { env });
    expect({ stdout, stderr: stderr.replace(/^.*ExperimentalWarning.*\n.*\n/m, '') }).toEqual({
      stdout: 'ERR_THREADSTATS_INTAKE_UNAVAILABLE\n1 0\n',
      stderr: '',
    });
  });

  test.each(apis.map((list) => [list]))('with %j, the timer flushes at each interval that the test lets pass', async (list) => {
    await using intake = await startIntake();
    const script = `${prelude}
      mock.timers.enable({ apis: ${JSON.stringify(list)} });
      let seconds = 1_700_000_000;
      const stats = new ThreadStats({ clock: () => seconds * 1000 }).start();
      for (let flush = 1; flush <= 3; flush++) {
        stats.increment('page.views', flush);
        seconds += 10;
        mock.timers.tick(10_000);
        while (stats.telemetry.flushes < flush) await readFile('missing').catch(() => {});
      }
      console.log(stats.telemetry.rows.sent, stats.telemetry.flushes);
      await stats.stop();`;
    const env = { DD_URL: intake.url, DD_API_KEY: 'key' };
    const { stdout } = await runNode(['--input-type=module', '--eval', script], { env });
    expect(stdout).toBe('3 3\n');
  });
});

test('where timers are numbers, as where a browser is imitated, the client works', async () => {
  await using intake = await startIntake();
  const built = new URL('../../build/package/index.js', import.meta.url);
  const script = `
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (...args) => Number(setTimeout(...args).unref());
    const { ThreadStats } = await import(${JSON.stringify(built.href)});
    const stats = new ThreadStats().start({ flushInterval: 0.05, rollUpInterval: 1 });
    stats.increment('page.views');
    await stats.stop();
    console.log(stats.telemetry.rows.sent);`;
  const env = { DD_URL: intake.url, DD_API_KEY: 'key' };
  expect(await runNode(['--input-type=module', '--eval', script], { env })).toMatchObject({
    stdout: '1\n',
    stderr: '',
    exitCode: 0,
  });
});
