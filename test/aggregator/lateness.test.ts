// Late samples: within `lateness` they re-send the interval's whole value, later they replace it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type FlushResult, HttpReporter, type MemoryReporter, type ThreadStats } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { fixedRuns } from '../engine/support/properties.js';
import { InputRandom } from '../engine/support/random.js';
import { expectGoodEnd, runFixture } from '../support/child-process.js';
import { openClient, type Rig, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** Takes the rows since the last call: name, seconds from START to the interval, value or values, and tags if any. */
function taken(reporter: MemoryReporter): unknown[][] {
  const rows = [...reporter.metrics, ...reporter.distributions].map(({ metric, points: [[start, value]], tags }) => [
    metric,
    start - START,
    value,
    ...(tags.length > 0 ? [tags.join()] : []),
  ]);
  reporter.clear();
  return rows;
}

/** Sets the clock, and flushes what has ended by it. */
function flushAt(seconds: number, { stats, clock }: Pick<Rig, 'stats' | 'clock'>): Promise<FlushResult> {
  clock.seconds = seconds;
  return stats.flush();
}

describe.each(engineNames)('late samples on the %s engine', (engine) => {
  test('re-send the whole value of their own interval only', async () => {
    const rig = startClient(engine, { aggregates: ['count', 'max'], percentiles: [0.5] }, { lateness: 30 });
    const { stats, reporter } = rig;
    const record = (offset: number, value: number) => {
      const timestamp = START + offset;
      stats.increment('counter', value, { timestamp });
      stats.gauge('gauge', value, { timestamp });
      stats.set('set', value, { timestamp });
      stats.histogram('histogram', value, { timestamp });
      stats.timing('timing', value, { timestamp });
      stats.distribution('distribution', value, { timestamp });
    };
    record(0, 20);
    record(10, 1);
    await flushAt(START + 20, rig);
    expect(taken(reporter)).toHaveLength(2 * (3 + 2 * 3 + 1));
    record(5, 10);
    expect(await flushAt(START + 25, rig)).toEqual({ metrics: 9, distributions: 1, events: 0, pending: 0 });
    expect(taken(reporter)).toEqual([
      ['timing.count', 0, 0.2],
      ['timing.max', 0, 20],
      ['timing.50percentile', 0, 10],
      ['histogram.count', 0, 0.2],
      ['histogram.max', 0, 20],
      ['histogram.50percentile', 0, 10],
      ['set', 0, 2],
      ['gauge', 0, 10],
      ['counter', 0, 3],
      ['distribution', 0, [10]],
    ]);
    expect(await flushAt(START + 30, rig)).toMatchObject({ metrics: 0, distributions: 0 });
  });

  test('replace the value once the lateness is over', async () => {
    const rig = startClient(engine, { counterType: 'count' }, { lateness: 30 });
    const { stats, reporter } = rig;
    const add = (value: number) => stats.increment('x', value, { timestamp: START });
    add(1);
    await flushAt(START + 10, rig);
    add(2);
    await flushAt(START + 39.9, rig);
    add(4);
    // The interval ended 30 seconds ago: this flush reports it whole, and then forgets it.
    await flushAt(START + 40, rig);
    expect(taken(reporter)).toEqual([1, 3, 7].map((value) => ['x', 0, value]));
    add(8);
    await flushAt(START + 50, rig);
    expect(taken(reporter)).toEqual([['x', 0, 8]]);
  });

  test('make stop() send nothing again when there are none', async () => {
    const rig = startClient(engine, { counterType: 'count' }, { lateness: 3600 });
    const { stats, reporter } = rig;
    for (let i = 0; i < 100; i++) stats.increment('x', 1, { timestamp: START + 10 * (i % 4), tags: [`n:${i}`] });
    await flushAt(START + 40, rig);
    expect(taken(reporter)).toHaveLength(100);
    stats.increment('x', 2, { timestamp: START, tags: ['n:8'] });
    stats.increment('y', 3, { timestamp: START + 40 });
    await stats.stop();
    expect(taken(reporter)).toEqual([
      ['x', 0, 3, 'n:8'],
      ['y', 40, 3],
    ]);
  });

  test('are added to their cells, because contexts are not recycled within the lateness', async () => {
    const rig = startClient(engine, { counterType: 'count' }, { lateness: 600 });
    const { stats, reporter } = rig;
    const add = (offset: number, tags: string[]) => stats.increment('x', 1, { timestamp: START + offset, tags });
    add(0, ['a', 'b']);
    add(10, ['a', 'b']);
    for (let flush = 2; flush < 40; flush++) {
      stats.gauge('busy', 1, { timestamp: START + 10 * flush - 5 });
      await flushAt(START + 10 * flush, rig);
    }
    reporter.clear();
    expect(stats.telemetry.contexts).toBe(2);
    add(10, ['a', 'b']);
    add(0, ['a', 'b']);
    await flushAt(START + 400, rig);
    expect(taken(reporter)).toEqual([
      ['x', 0, 2, 'a,b'],
      ['x', 10, 2, 'a,b'],
    ]);
    for (let flush = 40; flush < 100; flush++) {
      stats.gauge('busy', 1, { timestamp: START + 10 * flush - 5 });
      await flushAt(START + 10 * flush, rig);
    }
    expect(stats.telemetry.contexts).toBe(1);
  });

  test('have their own tags, even if their contexts took the ids of recycled ones', async () => {
    const rig = startClient(engine, {}, { lateness: 3600 });
    const { stats, reporter } = rig;
    const add = (offset: number, tags: string[]) => stats.distribution('d', 1, { timestamp: START + offset, tags });
    add(0, ['a:1', 'b:1']);
    add(10, ['b:1', 'a:1']);
    for (let flush = 2; flush < 40; flush++) {
      stats.gauge('busy', 1, { timestamp: START + 10 * flush - 5 });
      await flushAt(START + 10 * flush, rig);
    }
    reporter.clear();
    for (let i = 0; i < 5; i++) add(10, [`new:${i}`]);
    await flushAt(START + 500, rig);
    expect(taken(reporter).map(([, , , tags]) => tags)).toEqual([0, 1, 2, 3, 4].map((i) => `new:${i}`));
  });

  test('are no longer waited for when new samples need the memory', async () => {
    const rig = startClient(engine, { maxMemoryBytes: 4_194_304, counterType: 'count' }, { lateness: 3600 });
    const { stats, reporter } = rig;
    const record = (offset: number) => {
      for (let i = 0; i < 30_000; i++) stats.increment('x', 1, { timestamp: START + offset, tags: [`n:${i}`] });
    };
    let sent = 0;
    for (let flush = 0; flush < 6; flush++) {
      record(10 * flush);
      await flushAt(START + 10 * flush + 10, rig);
      sent += reporter.metrics.length;
      reporter.clear();
    }
    const { applied, dropped } = stats.telemetry;
    expect(sent).toBe(applied);
    expect(dropped.memoryLimit).toBe(180_000 - applied);
    // Some samples are dropped every few intervals, and recording goes on.
    expect(dropped.memoryLimit).toBeGreaterThan(0);
    expect(dropped.memoryLimit).toBeLessThan(90_000);
  });

  test('arrive at the intake as the last point', async () => {
    const intake = await startIntake();
    const reporter = new HttpReporter({ apiKey: 'key', url: intake.url });
    const rig = startClient(engine, { reporter, counterType: 'count' }, { lateness: 60 });
    const { stats } = rig;
    const record = (value: number) => {
      stats.increment('x', value, { timestamp: START });
      stats.distribution('d', value, { timestamp: START });
    };
    for (const value of [1, 2, 4]) {
      record(value);
      await flushAt(START + 10 * value, rig);
    }
    await stats.stop();
    await intake.close();
    expect(intake.metrics.map(({ points }) => points)).toEqual([1, 3, 7].map((value) => [[START, value]]));
    expect(intake.distributions.map(({ points }) => points)).toEqual([1, 2, 4].map((value) => [[START, [value]]]));
  });

  test('make the last value of every interval the whole value, whatever comes when', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 30), fc.constantFrom(0, 3.5, 10, 45, 3600), async (seed, lateness) => {
        const { stats, reporter, clock } = openClient(engine, {
          counterType: 'count',
          aggregates: ['count', 'max'],
          percentiles: [],
        });
        stats.start({ flushMode: 'manual', lateness });
        const random = new InputRandom(seed);
        const sent = new Map<string, number>();
        const expected = new Map<string, number>();
        let openCells = new Map<string, { startSeconds: number; values: number[] }>();
        for (let round = 0; round < 25; round++) {
          for (let i = random.below(40); i > 0; i--) {
            const timestamp = clock.seconds + 12 - random.below(120);
            const startSeconds = Math.floor(timestamp / 10) * 10;
            const tag = `tag:${random.below(3)}`;
            const kind = random.pick(['increment', 'gauge', 'histogram', 'distribution'] as const);
            stats[kind](kind, i, { timestamp, tags: [tag] });
            const key = `${kind} ${tag} ${startSeconds}`;
            const cell = openCells.get(key) ?? { startSeconds, values: [] };
            cell.values.push(i);
            openCells.set(key, cell);
            expectCell(expected, key, cell.values);
          }
          await flushInto(stats, clock.seconds, reporter, sent);
          openCells = new Map([...openCells].filter(([, { startSeconds }]) => startSeconds + 10 > clock.seconds - lateness));
          clock.seconds += random.below(25);
        }
        await flushInto(stats, Number.POSITIVE_INFINITY, reporter, sent);
        expect([...sent].sort()).toEqual([...expected].sort());
        expect(stats.telemetry.dropped).toEqual(
          Object.fromEntries(Object.keys(stats.telemetry.dropped).map((reason) => [reason, 0])),
        );
        await stats.stop();
        expect(taken(reporter)).toEqual([]);
      }),
      fixedRuns(30),
    );
  });
});

/**
 * Notes the value that the server has of a cell after these samples, under the key of {@link flushInto}. Distributions add up.
 */
function expectCell(expected: Map<string, number>, key: string, values: readonly number[]): void {
  const sum = values.reduce((a, b) => a + b, 0);
  if (key.startsWith('increment')) expected.set(key, sum);
  else if (key.startsWith('gauge')) expected.set(key, values.at(-1)!);
  else if (key.startsWith('distribution')) expected.set(key, (expected.get(key) ?? 0) + values.at(-1)!);
  else {
    expected.set(`${key} count`, values.length);
    expected.set(`${key} max`, Math.max(...values));
  }
}

/** Flushes, and notes the last value of each point, as the server does. */
async function flushInto(stats: ThreadStats, moment: number, reporter: MemoryReporter, sent: Map<string, number>): Promise<void> {
  await stats.flush(moment);
  for (const { metric, points, tags } of reporter.metrics) {
    const [name, suffix] = metric.split('.');
    sent.set(`${name} ${tags[0]} ${points[0][0]}${suffix === undefined ? '' : ` ${suffix}`}`, points[0][1]);
  }
  for (const { metric, points, tags } of reporter.distributions) {
    const key = `${metric} ${tags[0]} ${points[0][0]}`;
    sent.set(
      key,
      points[0][1].reduce((a, b) => a + b, sent.get(key) ?? 0),
    );
  }
  reporter.clear();
}

test('kept intervals do not keep the process alive, and are sent at its end if they changed', async () => {
  const unchanged = await runFixture('late');
  expectGoodEnd(unchanged);
  expect(unchanged.stdout).toBe('points 2 distributions 1 flushes 1\n');
  const changed = await runFixture('late', { env: { CHANGES: 'yes' } });
  expectGoodEnd(changed);
  expect(changed.stdout).toBe('points 2,5 distributions 1 flushes 2\n');
});
