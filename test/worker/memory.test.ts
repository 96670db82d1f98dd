// A worker that runs out of memory ends, and the process goes on.

import { expect, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { expectGoodEnd, runFixture } from '../support/child-process.js';

const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY';

test.each([
  { what: 'one worker', limited: 1, started: 2, errors: [`ERR_THREADSTATS_WORKER: ${OUT_OF_MEMORY}`] },
  {
    what: 'every worker',
    limited: 9,
    started: 3,
    errors: [
      `ERR_THREADSTATS_WORKER: ${OUT_OF_MEMORY}`,
      `ERR_THREADSTATS_WORKER: ${OUT_OF_MEMORY}`,
      `ERR_THREADSTATS_NO_WORKER: ${OUT_OF_MEMORY}`,
    ],
  },
])('if $what runs out of memory, everything arrives once, and onError is told', async ({ limited, started, errors }) => {
  await using intake = await startIntake();
  const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', LIMITED_WORKERS: String(limited) };
  const ended = await runFixture('worker-memory', { env });
  expectGoodEnd(ended);
  expect(JSON.parse(ended.stdout)).toEqual({ started, errors, metrics: 25_000, pending: 0 });
  expect(intake.stored().total('counter')).toBe(50_000);
});
