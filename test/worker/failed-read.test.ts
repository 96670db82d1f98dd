import { expect, onTestFinished, test, vi } from 'vitest';
import { startIntake } from '../../src/intake/index.js';
import { engineNames } from '../support/engines.js';
import { replaceWorkers, rowsOf, startWorkerClient } from './support.js';

/** Their slices need two pieces of memory. */
const CONTEXTS = 40_000;

/** Makes an allocation of memory for slices fail after so many others, until the returned function is called. */
function failAllocations(allocationsUntilFailure: number): () => void {
  const Shared = SharedArrayBuffer;
  let allocations = 0;
  function Failing(bytes: number): SharedArrayBuffer {
    if (bytes > 2 ** 16 && allocations++ === allocationsUntilFailure) throw new RangeError('no memory');
    return new Shared(bytes);
  }
  vi.stubGlobal('SharedArrayBuffer', Failing);
  onTestFinished(() => void vi.unstubAllGlobals());
  return () => void vi.unstubAllGlobals();
}

test.each(engineNames)(
  'on the %s engine, rows are sent or counted as dropped when memory ends in the middle of a flush',
  async (engine) => {
    await using intake = await startIntake();
    const { stats, errors } = startWorkerClient(engine, intake.url);
    for (let i = 0; i < CONTEXTS; i++) stats.gauge('g', i, [`i:${i}`]);
    const recover = failAllocations(1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 0 });
    recover();
    expect(errors).toMatchObject([{ message: 'no memory' }]);
    const { pending, dropped } = rowsOf(stats);
    expect(pending).toBeGreaterThan(0);
    expect(pending + dropped).toBe(CONTEXTS);
    await stats.stop();
    expect(rowsOf(stats)).toEqual({ sent: pending, pending: 0, dropped });
    expect(intake.metrics).toHaveLength(pending);
  },
);

test.each(engineNames)(
  'on the %s engine, the rows of a flush whose memory ended are sent by the main thread if no worker can run',
  async (engine) => {
    await using intake = await startIntake();
    replaceWorkers((real) => real('setTimeout(() => process.exit(), 100)'));
    const { stats, errors } = startWorkerClient(engine, intake.url);
    for (let i = 0; i < CONTEXTS; i++) stats.gauge('g', i, [`i:${i}`]);
    const recover = failAllocations(1);
    await stats.flush(Number.POSITIVE_INFINITY);
    recover();
    const { pending, dropped } = rowsOf(stats);
    expect(pending).toBeGreaterThan(0);
    expect(pending + dropped).toBe(CONTEXTS);
    stats.gauge('last', 1);
    await stats.stop({ timeout: 60_000 });
    expect(errors.map(({ code }) => code)).toContain('ERR_THREADSTATS_NO_WORKER');
    expect(rowsOf(stats)).toEqual({ sent: pending + 1, pending: 0, dropped });
    expect(intake.metrics).toHaveLength(pending + 1);
  },
);
