// Tests in processes that are frozen, or that answer when their event loop is empty, like those of Lambda.

import { expect, test } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';

const FIXTURES = '../../lambda/fixtures';

function valuesOf(intake: Intake): number[] {
  return intake.distribution('orders').flatMap(({ points }) => points.flatMap(([, values]) => values));
}

test('metrics are sent before the process is frozen, and on a new connection if the old one died in the freeze', async () => {
  let intake = await startIntake();
  const arrived: number[][] = [];
  const port = Number(new URL(intake.url).port);
  const { stdout, stderr, exitCode } = await runFixture(`${FIXTURES}/freeze`, {
    env: { DATADOG_API_KEY: 'a-key-that-is-none', DATADOG_HOST: intake.url },
    onLine: async (_, kill) => {
      arrived.push(valuesOf(intake));
      if (arrived.length === 3) return;
      kill('SIGSTOP');
      await intake.close();
      intake = await startIntake({ port });
      kill('SIGCONT');
      kill('SIGUSR2');
    },
  });
  await intake.close();
  expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'order 1\norder 2\norder 3\n', stderr: '', exitCode: 0 });
  expect(arrived).toEqual([[1], [2], [3]]);
});

test('an intake that does not respond does not keep the event loop busy beyond the deadline', async () => {
  await using intake = await startIntake();
  intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
  const { stdout, exitCode } = await runFixture(`${FIXTURES}/callbacks`, {
    env: { DD_API_KEY: 'a-key-that-is-none', DD_URL: intake.url, TIMEOUT_MILLISECONDS: '600' },
  });
  expect(stdout).toBe('callsBack\nnull\nnull\ncallsBackAgain\n');
  expect(exitCode).toBe(0);
});

test('a handler that ends the process is told what to do, which is not to stop a client that it does not have', async () => {
  const env = { DD_API_KEY: 'a-key-that-is-none', DD_URL: 'http://127.0.0.1:1' };
  const { stderr } = await runFixture(`${FIXTURES}/exits`, { env });
  expect(stderr).toContain('1 row may be lost, because the process exited before the intake had accepted them');
  expect(stderr).toContain('let the handler end in place of process.exit(), and catch its errors');
  expect(stderr).not.toMatch(/stop\(\)|flushMode/);
});

test('an empty event loop closes open wrappers, and the request that opens the connection does not keep it busy', async () => {
  await using intake = await startIntake();
  intake.answer({ fault: 'hang' }, { path: '/api/v1/validate' });
  const { stdout, stderr, exitCode } = await runFixture(`${FIXTURES}/callbacks`, {
    env: { DD_API_KEY: 'a-key-that-is-none', DD_URL: intake.url },
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('callsBack\nnull\nnull\ncallsBackAgain\n');
  expect(exitCode).toBe(0);
  expect(valuesOf(intake)).toEqual([1, 2, 3, 4]);
});
