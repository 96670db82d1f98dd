// A reporter that calls its own client in the middle of a flush.

import { describe, expect, test } from 'vitest';
import type { FlushResult, ThreadStats } from '../../src/index.js';
import { startClient } from '../support/client.js';
import { ignoreConservation } from '../support/conservation.js';
import { engineNames } from '../support/engines.js';

const NOTHING = { metrics: 0, distributions: 0, events: 0, pending: 0 };

/** Starts a client whose reporter does something with it when metrics arrive. */
function startWith(engine: (typeof engineNames)[number], act: (stats: ThreadStats, flushes: number) => Promise<unknown>) {
  const names: string[] = [];
  let flushes = 0;
  const { stats, errors } = startClient(engine, {
    reporter: {
      async flushMetrics(rows) {
        names.push(...rows.map(({ metric }) => metric));
        await act(stats, flushes++);
      },
      flushDistributions() {},
      flushEvents() {},
    },
  });
  return { stats, errors, names };
}

describe.each(engineNames)('on the %s engine, a reporter that awaits', (engine) => {
  test.each([
    ['at once', () => Promise.resolve()],
    ['a while later', () => new Promise((resolve) => void setImmediate(resolve))],
  ])('flush() %s gets an error, and what it recorded is flushed afterwards', async (_, pause) => {
    const results: FlushResult[] = [];
    const { stats, errors, names } = startWith(engine, async (client, flushes) => {
      if (flushes > 1) return;
      await pause();
      client.gauge(`again.${flushes}`, 1);
      results.push(await client.flush(Number.POSITIVE_INFINITY));
    });
    stats.gauge('x', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ ...NOTHING, metrics: 1 });
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(results).toEqual([NOTHING, NOTHING]);
    expect(names).toEqual(['x', 'again.0', 'again.1']);
    expect(errors).toMatchObject([
      { code: 'ERR_THREADSTATS_REENTRANT', message: expect.stringMatching(/^The reporter called flush\(\)/) },
    ]);
  });

  test('stop() gets an error, and the client stops', async () => {
    const { stats, errors } = startWith(engine, (client) => client.stop());
    // The reporter's call of stop() returns before the client has stopped.
    ignoreConservation(stats);
    stats.gauge('x', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ ...NOTHING, metrics: 1 });
    await stats.stop();
    stats.gauge('x', 1);
    expect(stats.telemetry.dropped.stopped).toBe(1);
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_REENTRANT' }, { code: 'ERR_THREADSTATS_SAMPLE_STOPPED' }]);
  });

  test('what a reporter began may flush after the reporter has settled', async () => {
    let later: Promise<FlushResult> | undefined;
    const { stats, errors } = startWith(engine, async (client, flushes) => {
      if (flushes > 0) return;
      later = new Promise((resolve) => {
        setImmediate(() => {
          client.gauge('later', 1);
          resolve(client.flush(Number.POSITIVE_INFINITY));
        });
      });
    });
    stats.gauge('x', 1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(await later).toEqual({ ...NOTHING, metrics: 1 });
    expect(errors).toEqual([]);
  });

  test('nothing while others wait for their turn does not disturb them', async () => {
    const { stats, errors } = startWith(engine, () => new Promise((resolve) => void setImmediate(resolve)));
    stats.gauge('x', 1);
    const first = stats.flush(Number.POSITIVE_INFINITY);
    stats.gauge('y', 1);
    const second = stats.flush(Number.POSITIVE_INFINITY);
    expect([await first, await second].map(({ metrics }) => metrics).reduce((a, b) => a + b)).toBe(2);
    expect(errors).toEqual([]);
  });
});

test.each(engineNames)('on the %s engine, onError may await flush()', async (engine) => {
  const results: FlushResult[] = [];
  const fail = (): never => {
    throw new Error('down');
  };
  const { stats } = startClient(engine, {
    reporter: { flushMetrics: fail, flushDistributions: fail, flushEvents: fail },
    onError: async () => {
      results.push(await stats.flush(Number.POSITIVE_INFINITY));
    },
  });
  stats.gauge('x', 1);
  await stats.flush(Number.POSITIVE_INFINITY);
  await stats.flush(Number.POSITIVE_INFINITY);
  expect(results).toEqual([NOTHING]);
});
