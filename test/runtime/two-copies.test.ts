// A process may have loaded the package twice: as ES modules, and as CommonJS where require() cannot load ES modules.

import { createRequire } from 'node:module';
import * as modules from 'threadstats';
import { describe, expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { unusedUrl } from '../support/unused-url.js';

const commonJs: typeof modules = createRequire(import.meta.url)('../../build/commonjs/index.js');

describe('two copies of the package in one process', () => {
  test.each([
    ['at its end', 'beforeExit', { exitCode: 0 }],
    ['at process.exit(), in worker mode', 'exit', { exitCode: 0 }],
    ['at a signal, by which the process ends', 'signal', { signal: 'SIGTERM' }],
  ])('both deliver %s', async (_, END, expected) => {
    await using intake = await startIntake();
    const ended = await runFixture('two-copies', {
      env: { DD_URL: intake.url, DD_API_KEY: 'a-key', END },
      onLine: (_line, kill) => kill('SIGTERM'),
    });
    expect(ended).toMatchObject({ stderr: '', ...expected });
    expect(intake.metrics.map(({ metric, points }) => [metric, points[0][1]]).sort()).toEqual([
      ['commonJs', 1],
      ['modules', 1],
    ]);
  });

  test.each([
    ['modules', 'CommonJS', modules, commonJs],
    ['CommonJS', 'modules', commonJs, modules],
  ])('a client of the %s delivers by a reporter of the %s', async (_, __, { ThreadStats }, { HttpReporter }) => {
    await using intake = await startIntake();
    const reporter = new HttpReporter({ url: intake.url, apiKey: 'a-key' });
    const stats = new ThreadStats({ reporter, counterType: 'count' }).start();
    stats.increment('orders', 7);
    await stats.stop();
    expect(intake.metric('orders')[0].points[0][1]).toBe(7);
    expect(stats.telemetry.rows).toMatchObject({ sent: 1, pending: 0 });
  });

  test.each([
    ['modules', 'CommonJS', modules, commonJs],
    ['CommonJS', 'modules', commonJs, modules],
  ])('a client of the %s knows the errors of a reporter of the %s', async (_, __, { ThreadStats }, { HttpReporter }) => {
    const errors: Error[] = [];
    const reporter = new HttpReporter({ url: (await unusedUrl()).href, apiKey: 'a-key' });
    const stats = new ThreadStats({ reporter, onError: (error) => errors.push(error) }).start({ flushMode: 'manual' });
    stats.increment('orders', 7);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0, pending: 1 });
    expect(stats.telemetry.rows).toMatchObject({ sent: 0, pending: 1 });
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_INTAKE_UNREACHABLE' }]);
    await stats.stop({ timeout: 0 });
  });
});
