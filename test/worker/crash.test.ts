import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setImmediate } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { type Intake, startIntake } from '../../src/intake/index.js';
import { repetitions, soakRuns } from '../engine/support/variants.js';
import { engineNames } from '../support/engines.js';
import { PATIENT } from '../support/patience.js';
import { replaceWorkers, rowsOf, startWorkerClient, watchWorkers } from './support.js';

const COUNTERS = 6000;
const VALUES = 30_000;

/** Records enough for several requests of metrics and several of distributions. */
function record(stats: ThreadStats, flush: number): void {
  for (let i = 0; i < COUNTERS; i++) stats.increment('counter', 10, [`a-tag-that-takes-some-room:${i}`, `flush:${flush}`]);
  for (let i = 0; i < VALUES; i++) stats.distribution('values', i + 0.123456789, [`part:${i % 5}`, `flush:${flush}`]);
  stats.event(`event ${flush}`, 'text');
}

/** How often each row, value and event arrived: once if it was neither lost nor sent twice. */
function arrivals({ metrics, distributions, events }: Intake): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
  for (const { tags, points } of metrics) add(`${tags.join()} ${points[0][1]}`);
  for (const { tags, points } of distributions) for (const value of points[0][1]) add(`${tags.join()} ${value}`);
  for (const { title } of events) add(title);
  return counts;
}

function expectAll(intake: Intake, flushes: number, most: { times: number }): void {
  const counts = arrivals(intake);
  expect(counts.size).toBe(flushes * (COUNTERS + VALUES + 1));
  for (const [what, times] of counts) if (times > most.times) expect({ what, times }).toEqual({ what, times: most.times });
}

/** Resolves when this thread knows of so many accepted requests. */
function acceptedRequests(count: number): Promise<void> {
  return new Promise((resolve) => {
    let accepted = 0;
    const onPayload = (): void => {
      if (++accepted === count) resolve();
    };
    subscribe('threadstats:payload', onPayload);
    onTestFinished(() => void unsubscribe('threadstats:payload', onPayload));
  });
}

/** Begins a flush, and ends the first worker after so many accepted requests. Returns the result, which is yet to come. */
async function flushAndTerminate(stats: ThreadStats, intake: Intake, requests: number, workers: readonly Worker[]) {
  intake.answer({ statusCode: 202 }, { times: requests });
  // Nobody could know of a request that the intake accepts while the worker ends, so it is silent then.
  const recover = intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
  record(stats, 0);
  const accepted = acceptedRequests(requests);
  const result = stats.flush(Number.POSITIVE_INFINITY);
  await accepted;
  await workers[0].terminate();
  // Requests that it had sent lie in the buffers of the sockets still, and are read in the next turns.
  for (let turn = 0; turn < 10; turn++) await setImmediate();
  recover();
  return { result };
}

const uncompressed = { counterType: 'count', compression: 'none' } as const;

test('a worker that has not started after ten seconds is given up, and the main thread sends its rows', async () => {
  await using intake = await startIntake();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  replaceWorkers((real) => real('setInterval(() => {}, 1000)'));
  const { stats, errors } = startWorkerClient(engineNames[0], intake.url);
  stats.increment('a');
  const flushed = stats.flush(Number.POSITIVE_INFINITY);
  await setImmediate();
  vi.advanceTimersByTime(9999);
  expect(errors).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(await flushed).toMatchObject({ metrics: 1 });
  expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_NO_WORKER', message: expect.stringContaining('after 10 s') }]);
});

describe.each(engineNames)('on the %s engine, when the worker ends', (engine) => {
  test.each([1, 2, 3, 4])('after %d accepted requests, everything arrives once', async (requests) => {
    await using intake = await startIntake();
    const workers: Worker[] = [];
    replaceWorkers((real, source) => {
      const held = `require('node:worker_threads').parentPort.once('message', () => { ${source} });`;
      workers.push(real(workers.length === 0 ? source : held));
      return workers.at(-1)!;
    });
    const { stats, errors } = startWorkerClient(engine, intake.url, uncompressed);
    const flushed = await flushAndTerminate(stats, intake, requests, workers);
    workers[1].postMessage('begin');
    expect(await flushed.result).toMatchObject({ metrics: COUNTERS, events: 1, pending: 0 });
    record(stats, 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(workers).toHaveLength(2);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_WORKER' }]);
    expectAll(intake, 2, { times: 1 });
    const { sent, ...others } = rowsOf(stats);
    expect(others).toEqual({ pending: 0, dropped: 0 });
    expect(sent).toBeGreaterThanOrEqual(2 * (COUNTERS + 5 + 1));
  });

  test.each([1, 3])(
    'after %d accepted requests, and no other worker can run, the main thread repeats none of them',
    async (requests) => {
      await using intake = await startIntake();
      const workers: Worker[] = [];
      replaceWorkers((real, source) => {
        workers.push(real(workers.length === 0 ? source : 'process.exit()'));
        return workers.at(-1)!;
      });
      const { stats, errors } = startWorkerClient(engine, intake.url, uncompressed);
      const flushed = await flushAndTerminate(stats, intake, requests, workers);
      expect(await flushed.result).toMatchObject({ metrics: COUNTERS, events: 1, pending: 0 });
      // Requests that are equal to earlier ones are sent again: only the interrupted flush may skip them.
      record(stats, 1);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(errors.at(-1)).toMatchObject({ code: 'ERR_THREADSTATS_NO_WORKER' });
      expectAll(intake, 2, { times: 1 });
      expect(rowsOf(stats)).toMatchObject({ pending: 0, dropped: 0 });
    },
  );

  test('between two flushes, only rows that waited there for a retry are lost, and they are counted', async () => {
    await using intake = await startIntake();
    const workers = watchWorkers();
    const { stats, errors } = startWorkerClient(engine, intake.url);
    const recover = intake.answer({ statusCode: 503 }, { times: Number.POSITIVE_INFINITY });
    stats.increment('waits');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ pending: 1 });
    const known = errors.length;
    await workers[0].terminate();
    await setImmediate();
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: 1 });
    expect(stats.telemetry.rows.dropped).toMatchObject({ workerEnded: 1 });
    expect(errors.slice(known)).toMatchObject([{ code: 'ERR_THREADSTATS_WORKER' }]);
    recover();
    stats.increment('comes');
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1 });
    expect(intake.metrics.map(({ metric }) => metric)).toEqual(['comes']);
    expect(rowsOf(stats)).toEqual({ sent: 1, pending: 0, dropped: 1 });
  });

  test('at any moment, again and again, nothing is lost', async () => {
    const moments = fc.array(fc.record({ turns: fc.nat(60), isKilled: fc.boolean() }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(moments, async (flushes) => {
        await using intake = await startIntake();
        const workers = watchWorkers();
        const { stats } = startWorkerClient(engine, intake.url, uncompressed);
        for (const [flush, { turns, isKilled }] of flushes.entries()) {
          record(stats, flush);
          const flushed = stats.flush(Number.POSITIVE_INFINITY);
          for (let turn = 0; turn < turns; turn++) await setImmediate();
          if (isKilled) await workers.at(-1)!.terminate();
          await flushed;
        }
        expectAll(intake, flushes.length, { times: 2 });
        expect(rowsOf(stats)).toMatchObject({ pending: 0, dropped: 0 });
        await stats.stop();
      }),
      { numRuns: soakRuns(repetitions(6, 2), repetitions(60, 20)) },
    );
  });

  test('and every other worker ends, too, the main thread flushes after the third, and onError is told', async () => {
    await using intake = await startIntake();
    let started = 0;
    replaceWorkers((real) => {
      started++;
      return real('setTimeout(() => { throw new Error("it is broken"); }, 10)');
    });
    const { stats, errors } = startWorkerClient(engine, intake.url, uncompressed);
    for (let flush = 0; flush < 3; flush++) {
      record(stats, flush);
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: COUNTERS, events: 1, pending: 0 });
    }
    expectAll(intake, 3, { times: 1 });
    expect(started).toBe(3);
    expect(errors.map(({ code }) => code)).toEqual([
      'ERR_THREADSTATS_WORKER',
      'ERR_THREADSTATS_WORKER',
      'ERR_THREADSTATS_NO_WORKER',
    ]);
    expect(errors[2]).toMatchObject({ message: expect.stringContaining('it is broken') });
    expect(rowsOf(stats)).toMatchObject({ pending: 0, dropped: 0 });
  });

  test('while the client stops, its rows are counted as dropped, and stop() ends', async () => {
    await using intake = await startIntake();
    intake.answer({ fault: 'hang' }, { times: Number.POSITIVE_INFINITY });
    const workers = watchWorkers();
    const { stats } = startWorkerClient(engine, intake.url);
    stats.increment('a');
    const stopped = stats.stop({ timeout: 1000 });
    // A busy machine may not have sent it in a second; then the worker ends after the client has stopped.
    await Promise.race([stopped, intake.waitFor(({ requests }) => requests.length > 0, PATIENT)]);
    await workers[0].terminate();
    await stopped;
    expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: 1 });
  });
});
