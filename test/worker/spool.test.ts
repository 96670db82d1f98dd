import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { runFixture } from '../support/child-process.js';
import { engineNames } from '../support/engines.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { startWorkerClient } from './support.js';

/** Leaves a row named `spooled` in a directory, because the intake was unavailable. */
async function spoolOneRow(intake: Intake): Promise<string> {
  const spoolDirectory = temporaryDirectory();
  const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
  const { stats } = startWorkerClient(engineNames[0], intake.url, { spoolDirectory });
  stats.increment('spooled');
  await stats.stop({ timeout: 4000 });
  expect(stats.telemetry.rows).toMatchObject({ sent: 0, pending: 0, spooled: 1 });
  expect(await readdir(spoolDirectory)).not.toEqual([]);
  recover();
  return spoolDirectory;
}

test('rows that a worker could not send are spooled when the client stops, and sent by the worker of the next client', async () => {
  await using intake = await startIntake();
  const spoolDirectory = await spoolOneRow(intake);
  const next = startWorkerClient(engineNames[0], intake.url, { spoolDirectory });
  next.stats.increment('own');
  await next.stats.flush(Number.POSITIVE_INFINITY);
  await intake.waitFor(({ metrics }) => metrics.some(({ metric }) => metric === 'spooled'));
  await next.stats.stop();
  expect(next.stats.telemetry.rows).toMatchObject({ sent: 2, pending: 0, takenOver: 1, spooled: 0 });
});

test('process.exit() puts rows back that the worker has just taken from the spool', async () => {
  await using intake = await startIntake();
  const spoolDirectory = await spoolOneRow(intake);
  intake.answer({ statusCode: 202 });
  intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
  const env = { DD_URL: intake.url, DD_API_KEY: 'a-key', SPOOL: spoolDirectory };
  expect(await runFixture('worker-spool-exit', { env })).toMatchObject({ stdout: '0\n', stderr: '', exitCode: 0 });
  expect(intake.metrics.map(({ metric }) => metric)).toEqual(['own']);
  expect(await readdir(spoolDirectory)).toMatchObject([expect.stringMatching(/\.ready$/)]);
});
