import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ThreadStats, Timer } from '../../src/index.js';
import { dropsOf, startClient, thrower, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { HOSTILE } from '../support/odd-values.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Stops `performance.now`. The function that is returned advances it. */
function useTime(): (seconds: number) => void {
  vi.useFakeTimers({ toFake: ['performance', 'Date'] });
  return (seconds) => vi.advanceTimersByTime(seconds * 1000);
}

const OPTIONS = { aggregates: ['max', 'count'], percentiles: [], counterType: 'count' } as const;

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each<[string, (stats: ThreadStats) => Timer]>([
    ['a timer', (stats) => stats.timer('t', ['a'])],
    ['the timer of a handle', (stats) => stats.createTiming('t', ['a']).timer()],
  ])('%s records the elapsed seconds once, whatever the wall clock says', async (_, start) => {
    const advance = useTime();
    const { stats, reporter } = startClient(engine, OPTIONS);
    const timer = start(stats);
    vi.setSystemTime(0);
    advance(1.5);
    expect(timer.stop()).toBe(1.5);
    advance(1);
    expect(timer.stop()).toBe(1.5);
    timer[Symbol.dispose]();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 't.max': [1.5], 't.count': [1] });
    expect(reporter.metrics[0].tags).toEqual(['a']);
  });

  test('a `using` block is timed to its end, even if it throws', async () => {
    const advance = useTime();
    const { stats, reporter } = startClient(engine, OPTIONS);
    const block = (fails: boolean): string => {
      using _timer = stats.timer(fails ? 'failed' : 'done');
      advance(2);
      if (fails) throw new Error('as asked');
      return 'result';
    };
    expect(block(false)).toBe('result');
    expect(() => block(true)).toThrow('as asked');
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'done.max': [2], 'done.count': [1], 'failed.max': [2], 'failed.count': [1] });
  });

  test('a timed function keeps its name, length, this and outcome, and each call is recorded', async () => {
    const advance = useTime();
    const { stats, reporter } = startClient(engine, OPTIONS);
    function add(this: { base: number }, a: number, b: number): number {
      advance(1);
      if (a < 0) throw new RangeError('negative');
      return this.base + a + b;
    }
    const timed = stats.timed('f', { tags: { kind: 'sync' } })(add);
    expect(timed.name).toBe('add');
    expect(timed.length).toBe(2);
    expect(timed.call({ base: 10 }, 1, 2)).toBe(13);
    expect(() => timed.call({ base: 10 }, -1, 2)).toThrow(RangeError);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'f.max': [1], 'f.count': [2] });
    expect(reporter.metrics[0].tags).toEqual(['kind:sync']);
  });

  test('a timed function of a strict client keeps its outcome, and the error goes to onError', async () => {
    const { stats, errors } = startClient(engine, { strict: true });
    const fail = stats.timed('')(thrower('original'));
    expect(fail).toThrow('original');
    expect(await stats.timed('x', { tags: 5 } as object)(async () => 'result')()).toBe('result');
    expect(errors).toMatchObject([
      { name: 'TypeError', message: expect.stringContaining('a name is') },
      { name: 'TypeError', message: expect.stringContaining('tags are') },
    ]);
    expect(dropsOf(stats)).toEqual({ badName: 1, badTags: 1 });
  });

  test('a timed async function is recorded when it is fulfilled or rejected', async () => {
    const advance = useTime();
    const { stats, reporter } = startClient(engine, OPTIONS);
    const timed = stats.timed('f')(async (fails: boolean) => {
      await null;
      advance(3);
      if (fails) throw new Error('as asked');
      return 'result';
    });
    const first = timed(false);
    expect(stats.telemetry.samples).toBe(0);
    expect(await first).toBe('result');
    await expect(timed(true)).rejects.toThrow('as asked');
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'f.max': [3], 'f.count': [2] });
  });

  test('a decorated method is recorded', async () => {
    const advance = useTime();
    const { stats, reporter } = startClient(engine, OPTIONS);
    class Job {
      seconds = 4;
      run(): number {
        advance(this.seconds);
        return this.seconds;
      }
    }
    // A compiler turns `@stats.timed('job')` into these calls, under either protocol.
    const context = { kind: 'method', name: 'run' } as ClassMethodDecoratorContext;
    Job.prototype.run = stats.timed('job')(Job.prototype.run, context);
    expect(new Job().run()).toBe(4);
    const descriptor = Object.getOwnPropertyDescriptor(Job.prototype, 'run')!;
    Object.defineProperty(Job.prototype, 'run', stats.timed('again')(Job.prototype, 'run', descriptor));
    expect(new Job().run()).toBe(4);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ 'job.max': [4], 'job.count': [2], 'again.max': [4], 'again.count': [1] });
  });

  test('a timed function keeps its outcome if the name is bad or the client is not started', async () => {
    const { stats } = startClient(engine);
    expect(stats.timed('')(() => 'result')()).toBe('result');
    expect(await stats.timed(7 as never)(async () => 'result')()).toBe('result');
    expect(stats.timer('', HOSTILE as never).stop()).toBeGreaterThanOrEqual(0);
    expect(dropsOf(stats)).toMatchObject({ badName: 2 });
    await stats.stop();
    expect(stats.timed('late')(() => 'result')()).toBe('result');
    expect(dropsOf(stats)).toMatchObject({ stopped: 1 });
  });
});
