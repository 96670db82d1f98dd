// Several clients of one process, one after the other or at the same time, and what the server keeps of their points.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { MemoryReporter, type StartOptions, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { pointsOf, type Rig, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { Stored } from '../support/stored.js';

const EVERYTHING = Number.POSITIVE_INFINITY;
const TWO_WRITERS = { code: 'ERR_THREADSTATS_TWO_WRITERS' };

describe.each(engineNames)('clients one after the other, on the %s engine,', (engine) => {
  /** Starts clients with one reporter, whose clocks stand at START until they are set. */
  function startInARow(options?: ThreadStatsOptions, startOptions?: StartOptions) {
    const reporter = new MemoryReporter();
    const start = (more?: ThreadStatsOptions): Rig => ({
      ...startClient(engine, { reporter, ...options, ...more }, startOptions),
      reporter,
    });
    return { reporter, start };
  }

  test('have points of their own in the interval that they share, so that rates add up to the total', async () => {
    const { reporter, start } = startInARow();
    for (let job = 0; job < 10; job++) {
      const { stats, clock } = start();
      clock.seconds = START + job;
      stats.increment('jobs', 3);
      stats.histogram('rows', job);
      await stats.stop();
    }
    expect(new Stored(reporter).of('jobs').map(({ second }) => second - START)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Stored(reporter).total('jobs')).toBe(30);
    expect(new Stored(reporter).total('rows.count')).toBe(10);
    expect(reporter.metrics.every(({ interval }) => interval === 10)).toBe(true);
  });

  test('keep the second of an interval whenever they send it again', async () => {
    const { reporter, start } = startInARow({ counterType: 'count' });
    const first = start();
    first.stats.increment('x', 1);
    await first.stats.flush(EVERYTHING);
    first.stats.increment('x', 1);
    await first.stats.stop();
    const second = start();
    for (let i = 0; i < 3; i++) {
      second.stats.increment('x', 10);
      await second.stats.flush(EVERYTHING);
    }
    second.clock.seconds = START + 10;
    second.stats.increment('x', 100);
    await second.stats.stop();
    expect(pointsOf(reporter)).toEqual(['0: 1', '0: 2', '1: 10', '1: 20', '1: 30', '10: 100']);
  });

  test('whose intervals have other lengths take no second of each other', async () => {
    const reporter = new MemoryReporter();
    const run = async (rollUpInterval: number, offset: number): Promise<void> => {
      const { stats, clock } = startClient(engine, { reporter, counterType: 'count' }, { rollUpInterval });
      clock.seconds = START + offset;
      stats.increment('x', 1);
      await stats.stop();
    };
    await run(10, 0);
    await run(1, 1);
    await run(20, 2);
    await run(10, 11);
    await run(20, 12);
    expect(pointsOf(reporter)).toEqual(['0: 1', '1: 1', '2: 1', '10: 1', '3: 1']);
  });

  test('are told once when an interval has no second left', async () => {
    const { start } = startInARow({}, { rollUpInterval: 1 });
    const first = start();
    first.stats.increment('x');
    await first.stats.stop();
    const second = start();
    for (let i = 0; i < 3; i++) {
      second.stats.increment('x');
      await second.stats.flush(EVERYTHING);
    }
    await second.stats.stop();
    expect(first.errors).toEqual([]);
    expect(second.errors).toMatchObject([TWO_WRITERS]);
    expect(second.errors[0].message).toMatch(/^More clients, one after the other, .* distributions, whose values add up/);
  });

  test('that record only distributions have no limit', async () => {
    const { reporter, start } = startInARow({}, { rollUpInterval: 1 });
    for (let job = 0; job < 20; job++) {
      const { stats, errors } = start();
      stats.distribution('d', job);
      await stats.stop();
      expect(errors).toEqual([]);
    }
    expect(reporter.distributions.map(({ points }) => points[0][0])).toEqual(Array(20).fill(START));
  });

  test.each<[string, ThreadStatsOptions]>([
    ['a host', { host: 'web-2' }],
    ['a constant tag', { constantTags: ['job:2'] }],
    ['a device', { device: 'sda' }],
    ['a reporter', { reporter: new MemoryReporter() }],
  ])('that have %s of their own keep the start of the interval', async (_, options) => {
    const { reporter, start } = startInARow();
    const other = (options.reporter as MemoryReporter | undefined) ?? reporter;
    other.clear();
    for (const more of [{}, options]) {
      const { stats } = start(more);
      stats.increment('x');
      await stats.stop();
    }
    expect(pointsOf(other).at(-1)).toBe('0: 0.1');
  });

  test('need not wait for the end of the one before', async () => {
    const { reporter, start } = startInARow({ counterType: 'count' });
    const stops: Promise<unknown>[] = [];
    for (let job = 0; job < 5; job++) {
      const { stats } = start();
      stats.increment('x');
      stops.push(stats.stop());
    }
    await Promise.all(stops);
    expect(new Stored(reporter).total('x')).toBe(5);
  });

  test('may overlap, when the configuration is loaded again', async () => {
    const { reporter, start } = startInARow({ counterType: 'count' });
    const first = start();
    first.stats.increment('x', 1);
    const second = start();
    second.stats.increment('x', 10);
    await second.stats.flush(EVERYTHING);
    await first.stats.stop();
    second.stats.increment('x', 100);
    await second.stats.stop();
    expect(new Stored(reporter).total('x')).toBe(111);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  test('add late samples to what an ended client has sent', async () => {
    const { reporter, start } = startInARow({ counterType: 'count' }, { lateness: 60 });
    const first = start();
    first.stats.increment('x', 1);
    await first.stats.stop();
    const second = start();
    second.clock.seconds = START + 30;
    for (const value of [10, 100]) {
      second.stats.increment('x', value, { timestamp: START });
      await second.stats.flush();
    }
    await second.stats.stop();
    expect(pointsOf(reporter)).toEqual(['0: 1', '1: 10', '1: 110']);
  });
});

describe.each(engineNames)('clients at the same time, on the %s engine,', (engine) => {
  function startTwo(options: ThreadStatsOptions = {}, others: ThreadStatsOptions = options) {
    const reporter = new MemoryReporter();
    return [startClient(engine, { reporter, ...options }), startClient(engine, { reporter, ...others })] as const;
  }

  test.each([
    [0, 1],
    [1, 0],
  ])('that report one series are told: the later one, once, whichever flushes first', async (a, b) => {
    const rigs = startTwo({ constantTags: ['team:core'] });
    for (let flush = 0; flush < 3; flush++) {
      for (const index of [a, b]) {
        const { stats } = rigs[index];
        stats.increment('jobs', 1, ['queue:a', 'kind:b']);
        stats.gauge('own', 1, [`client:${index}`]);
        await stats.flush(EVERYTHING);
      }
    }
    expect(rigs[0].errors).toEqual([]);
    expect(rigs[1].errors).toMatchObject([TWO_WRITERS]);
    expect(rigs[1].errors[0].message).toMatch(
      /^Two clients of this process report 'jobs' with the tags 'kind:b,queue:a,team:core' at the same time.*share one client/,
    );
  });

  test('are not told of series that the server tells apart, of distributions, or of children', async () => {
    const rigs = startTwo();
    for (const [index, { stats }] of rigs.entries()) {
      stats.increment('x', 1, [`client:${index}`]);
      stats.increment('x', 1, { host: `h${index}` });
      stats.distribution('d', 1);
      if (index === 0) stats.gauge('form', 1);
      else stats.histogram('form', 1);
      stats.increment('child', 1, [`n:${index}`]);
      stats.child({ tags: [`n:${index}`] }).increment('child');
    }
    for (let flush = 0; flush < 2; flush++) for (const { stats } of rigs) await stats.flush(EVERYTHING);
    for (const { errors } of rigs) expect(errors).toEqual([]);
  });

  /** Flushes both clients at the end of so many intervals, after they have recorded counters of these names. */
  async function report(rigs: readonly Rig[], flushes: number, ...names: readonly (readonly string[])[]): Promise<void> {
    for (let flush = 0; flush < flushes; flush++) {
      for (const [index, { stats }] of rigs.entries()) for (const name of names[index]) stats.increment(name);
      for (const { stats, clock } of rigs) {
        clock.seconds += 10;
        await stats.flush();
      }
    }
  }

  test('are told of a series whose context has the id of one that was recycled', async () => {
    const rigs = startTwo();
    await report(rigs, 1, ['old'], ['shared']);
    await report(rigs, 20, ['other'], ['shared']);
    expect(rigs[0].stats.telemetry.contexts).toBe(1);
    await report(rigs, 1, ['other', 'shared'], ['shared']);
    expect([rigs[0].errors, rigs[1].errors]).toMatchObject([[], [TWO_WRITERS]]);
  });

  test('are not told of a series that the other one has not reported for long', async () => {
    const rigs = startTwo();
    await report(rigs, 1, ['shared'], ['other']);
    await report(rigs, 20, ['own'], ['other']);
    await report(rigs, 1, ['own'], ['other', 'shared']);
    expect([rigs[0].errors, rigs[1].errors]).toEqual([[], []]);
  });

  test('are told of a series that a client reports as two kinds, of which one was recycled', async () => {
    const rigs = startTwo();
    rigs[0].stats.gauge('shared', 1);
    await report(rigs, 20, ['shared'], ['other']);
    expect(rigs[0].stats.telemetry.contexts).toBe(1);
    await report(rigs, 1, ['shared'], ['shared']);
    expect(rigs[1].errors).toMatchObject([TWO_WRITERS]);
  });

  test('are not told when they have other constant tags, and one that ended does not count', async () => {
    const rigs = startTwo({}, { constantTags: ['n:2'] });
    const third = startClient(engine, { reporter: rigs[0].reporter });
    await third.stats.stop();
    for (const { stats } of rigs) {
      stats.increment('x');
      await stats.flush(EVERYTHING);
    }
    for (const { errors } of [...rigs, third]) expect(errors).toEqual([]);
  });

  test('with very many series compare them over several flushes', async () => {
    const rigs = startTwo();
    const record = (): void => {
      for (const [index, { stats }] of rigs.entries()) {
        for (let i = 0; i < 3000; i++) stats.increment('x', 1, [index === 0 || i < 2990 ? `${index}:${i}` : `0:${i}`]);
      }
    };
    for (let flush = 0; flush < 20; flush++) {
      record();
      for (const { stats } of rigs) await stats.flush(EVERYTHING);
    }
    expect(rigs[1].errors).toMatchObject([TWO_WRITERS]);
  });
});

describe.each(engineNames)('at an intake, on the %s engine,', (engine) => {
  test.each(['timer', 'manual', 'worker'] as const)('clients in a row keep totals right in flush mode %s', async (flushMode) => {
    const intake = await startIntake();
    onTestFinished(() => intake.close());
    const errors: Error[] = [];
    let now = START;
    for (let run = 0; run < 4; run++) {
      const stats = new ThreadStats({
        engine,
        url: intake.url,
        apiKey: 'key',
        clock: () => now * 1000,
        onError: (error) => errors.push(error),
      }).start({ flushMode, flushInterval: 3600 });
      for (let flush = 0; flush < 3; flush++) {
        stats.increment('x', 1, ['a:1']);
        stats.histogram('h', flush);
        stats.distribution('d', run);
        await stats.flush(EVERYTHING);
        now += 1.5;
      }
      stats.increment('x', 1, ['a:1']);
      await stats.stop();
    }
    expect(errors).toEqual([]);
    const { metrics, distributions } = intake.stored();
    const totalOf = (name: string): number => metrics.find(({ metric }) => metric === name)?.total ?? Number.NaN;
    expect(totalOf('x')).toBeCloseTo(16, 6);
    expect(totalOf('h.count')).toBeCloseTo(12, 6);
    const values = distributions.flatMap(({ points }) => points.flatMap(([, each]) => each));
    expect(values.sort()).toEqual([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
  });

  test('clients of two accounts do not meet', async () => {
    const intake = await startIntake({ apiKey: undefined });
    onTestFinished(() => intake.close());
    for (const apiKey of ['key-1', 'key-2']) {
      const { stats } = startClient(engine, { reporter: undefined, url: intake.url, apiKey });
      stats.increment('x');
      await stats.stop();
    }
    expect(intake.metrics.map(({ points }) => points[0][0])).toEqual([START, START]);
  });
});

test('two copies of the package know each other', async () => {
  const reporter = new MemoryReporter();
  const errors: Error[] = [];
  const runningClients: ThreadStats[] = [];
  for (let copy = 0; copy < 2; copy++) {
    vi.resetModules();
    const { ThreadStats: Copy } = await import('../../src/index.js');
    const clock = (): number => START * 1000;
    const make = () => new Copy({ reporter, clock, onError: (error) => errors.push(error) }).start({ flushMode: 'manual' });
    const ended = make();
    ended.increment('x');
    await ended.stop();
    const running = make();
    onTestFinished(() => running.stop().then(() => {}));
    runningClients.push(running);
  }
  for (const running of runningClients) {
    running.gauge('g', 1);
    await running.flush(EVERYTHING);
  }
  expect(new Stored(reporter).of('x')).toHaveLength(2);
  expect(errors).toMatchObject([TWO_WRITERS]);
});
