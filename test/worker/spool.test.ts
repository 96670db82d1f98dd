import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { engineNames } from '../support/engines.js';
import { startWorkerClient } from './support.js';

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'threadstats-worker-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

test('rows that a worker could not send are spooled when the client stops, and sent by the worker of the next client', async () => {
  await using intake = await startIntake();
  const spoolDirectory = await temporaryDirectory();
  const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
  const { stats } = startWorkerClient(engineNames[0], intake.url, { spoolDirectory });
  stats.increment('spooled');
  await stats.stop({ timeout: 300 });
  expect(stats.telemetry.rows).toMatchObject({ sent: 0, pending: 0, spooled: 1 });
  expect((await readdir(spoolDirectory)).length).toBeGreaterThan(0);
  recover();
  const next = startWorkerClient(engineNames[0], intake.url, { spoolDirectory });
  next.stats.increment('own');
  await next.stats.flush(Number.POSITIVE_INFINITY);
  await intake.waitFor(({ metrics }) => metrics.some(({ metric }) => metric === 'spooled'));
  await next.stats.stop();
  expect(next.stats.telemetry.rows).toMatchObject({ sent: 2, pending: 0, takenOver: 1, spooled: 0 });
});
