// Calls that other clients accept, or that lose their object: nothing is recorded without its tags, and nothing is silent.

import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ThreadStats } from '../../src/index.js';
import { dropsOf, makeClient, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { METHODS } from '../support/methods.js';

const SAMPLE_METHODS = ['gauge', 'set', 'increment', 'decrement', 'histogram', 'distribution', 'timing'] as const;

type Call = (...args: unknown[]) => unknown;

function call(stats: ThreadStats, method: string, ...args: unknown[]): unknown {
  return (stats[method as 'gauge'] as Call).apply(stats, args);
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(SAMPLE_METHODS)('%s refuses an option that does not exist', (method) => {
    const { stats } = startClient(engine);
    call(stats, method, 'x', 1, { route: '/' });
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
  });

  test('the message names the option, and says where tags belong', () => {
    const { stats, errors } = startClient(engine);
    stats.increment('x', 1, { route: '/' } as never);
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Dropped a counter sample of 'x' with the option 'route', which does not exist \(if it is a tag, pass \{ tags: \{ 'route': \.\.\. \} \}\): /,
      ),
    ]);
  });

  test('a strict client throws for an option that does not exist', () => {
    const { stats } = startClient(engine, { strict: true });
    expect(() => stats.gauge('x', 1, { tagz: ['a'] } as never)).toThrow(TypeError);
  });

  test.each(SAMPLE_METHODS)('%s refuses a fourth argument', (method) => {
    const { stats, errors } = startClient(engine);
    call(stats, method, 'x', 1, undefined, ['a']);
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
    expect(errors[0].message).toMatch(/ with an array for a fourth argument: /);
  });

  test.each(['timer', 'timed'])('%s refuses a third argument when it records', (method) => {
    const { stats, errors } = startClient(engine);
    if (method === 'timer') (stats.timer as Call).call(stats, 'x', [], ['a']);
    const measured = (stats[method as 'timer'] as Call).call(stats, 'x', [], ['a']);
    if (method === 'timer') (measured as { stop(): void }).stop();
    else (measured as (wrapped: () => void) => () => void)(() => {})();
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
    expect(errors[0].message).toMatch(/ with an array for a third argument: /);
  });

  test.each<[string, () => object]>([
    ['a Map', () => new Map([['tags', ['a']]])],
    ['a Set', () => new Set(['a'])],
    ['a Date', () => new Date()],
    ['a promise', () => Promise.resolve({ tags: ['a'] })],
  ])('%s in the place of the options is refused', (_, make) => {
    const { stats, errors } = startClient(engine);
    for (const method of SAMPLE_METHODS) call(stats, method, 'x', 1, make());
    stats.event('title', 'text', make() as never);
    expect(dropsOf(stats)).toEqual({ badOptions: SAMPLE_METHODS.length, badEvent: 1 });
    expect(errors[0].message).toMatch(/ of 'x' with a Map, Date or the like for options: /);
    expect(() => stats.createCounter('x', make() as never)).toThrow(/must be an object of options, not a Map, Date/);
    expect(() => stats.child(make() as never)).toThrow(/must be an object of options, not a Map, Date/);
  });

  test('an instance of a class may be options, and an empty object, too', () => {
    const { stats } = startClient(engine);
    class Tagged {
      get tags(): string[] {
        return ['a'];
      }
    }
    stats.increment('x', 1, new Tagged());
    stats.increment('x', 1, {});
    stats.increment('x', 1, Object.create(null));
    expect(stats.telemetry).toMatchObject({ applied: 3, contexts: 2 });
  });

  test.each(['createCounter', 'createGauge', 'createSet', 'createHistogram', 'createTiming', 'createDistribution'])(
    '%s refuses a third argument',
    (method) => {
      const { stats } = startClient(engine);
      expect(() => call(stats, method, 'x', {}, ['a'])).toThrow(
        new TypeError('A handle was given an array for a third argument; accepted are a name and options'),
      );
    },
  );

  test('a name and a function that have changed places are named when the timer stops', () => {
    const { stats, errors } = startClient(engine);
    (call(stats, 'timer', () => {}, 'x') as { stop(): void }).stop();
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Dropped a timing sample whose name is a function with 'x' for options: options are the last argument: an array/,
      ),
    ]);
  });

  test.each<[string, unknown[]]>([
    ['before its name', [() => 1, 'x']],
    ['after its name', ['x', () => 1]],
  ])('a function that is passed to timed %s is named at the first call, and the message says how to pass it', (_, args) => {
    const { stats } = startClient(engine);
    const wrapper = call(stats, 'timed', ...args) as Call;
    expect(() => wrapper()).toThrow(
      new TypeError(
        "Only functions and methods can be timed, and this is undefined; timed('name') returns the wrapper: timed('name')(fn)",
      ),
    );
    // A call with a callback wraps the callback.
    const timed = wrapper(() => 2) as Call;
    expect(timed()).toBe(2);
    expect(dropsOf(stats)).toEqual({ badOptions: 1 });
  });

  test('a timed function refuses a timestamp, which would be that of all its calls', () => {
    const { stats, errors } = startClient(engine);
    // @ts-expect-error: there is no such option
    const one = stats.timed('x', { timestamp: new Date(), tags: ['a'] })(() => 1);
    expect([one(), one()]).toEqual([1, 1]);
    expect(dropsOf(stats)).toEqual({ badOptions: 2 });
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^Dropped a timing sample of 'x' with the same `timestamp` for every call of a timed function \(leave it out/,
      ),
    ]);
  });

  test('an event refuses a fourth argument', () => {
    const { stats } = startClient(engine);
    call(stats, 'event', 'title', 'text', {}, ['a']);
    expect(dropsOf(stats)).toEqual({ badEvent: 1 });
  });

  test('a client that is not started counts a call with a fourth argument as not started', () => {
    const { stats } = makeClient(engine);
    call(stats, 'increment', 'x', 1, [], ['a']);
    expect(dropsOf(stats)).toEqual({ notStarted: 1 });
  });

  test('a sample rate in the place of the options is refused', () => {
    const { stats, errors } = startClient(engine);
    call(stats, 'increment', 'x', 1, 0.5);
    expect(errors[0].message).toMatch(
      /^Dropped a counter sample of 'x' with 0.5 for options: options are the last argument: an array/,
    );
  });

  test('tags in the place of the value are refused, and the message says where they belong', () => {
    const { stats, errors } = startClient(engine);
    call(stats, 'increment', 'x', ['a']);
    expect(errors[0].message).toMatch(/^Dropped a counter sample of 'x' with the value an array; tags come after the value: /);
  });

  test('a Date in the place of the value is named, and tags are no part of the message', () => {
    const { stats, errors } = startClient(engine);
    call(stats, 'timing', 'x', new Date());
    expect(errors[0].message).toMatch(/^Dropped a timing sample of 'x' with the value a Date: a value is a finite number\. /);
  });

  test('only messages about sets speak of members', () => {
    const { stats, errors } = startClient(engine);
    call(stats, 'set', 'x', true);
    call(stats, 'gauge', 'y', true);
    expect(errors[0].message).toContain('with the value true: a member of a set is a string or a finite number. Reported');
    expect(errors[1].message).toContain('with the value true: a value is a finite number. Reported');
  });

  test('what a library adds to the prototype of all objects is no option', () => {
    const { stats } = startClient(engine);
    (Object.prototype as { added?: unknown }).added = 1;
    onTestFinished(() => {
      delete (Object.prototype as { added?: unknown }).added;
    });
    stats.increment('x', 1, { tags: ['a'] });
    expect(stats.telemetry.applied).toBe(1);
  });

  test.each(['increment', 'decrement', 'set', 'add', 'record'])(
    'tags as the second argument of a handle’s %s are refused',
    (method) => {
      const { stats } = startClient(engine);
      const handles = [stats.createCounter('c'), stats.createGauge('g'), stats.createSet('s'), stats.createHistogram('h')];
      for (const handle of handles) (handle as never as Record<string, Call>)[method]?.(1, ['a']);
      expect(dropsOf(stats)).toEqual({ badOptions: 1 });
    },
  );

  test('a handle’s method may be a callback that gets an index, too', async () => {
    const { stats, reporter } = startClient(engine);
    const histogram = stats.createHistogram('x');
    [1, 2, 3].forEach(histogram.record as Call, histogram);
    expect(dropsOf(stats)).toEqual({});
    stats.createSet('s').add.call(stats.createSet('s'), 'member', 7 as never);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toMatchObject({ 'x.max': [3], s: [1] });
  });

  test.each(METHODS)('%s works through a Proxy', async (_, record, ...good) => {
    const { stats, reporter } = startClient(engine);
    record(new Proxy(stats, {}), ...(good as never[]));
    await new Proxy(stats, {}).flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.length + reporter.distributions.length + reporter.events.length).toBeGreaterThan(0);
  });
});

test('a method without its object records nothing, never throws, and is warned about once', async () => {
  const { stats } = startClient(engineNames[0]);
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  onTestFinished(() => warn.mockRestore());
  for (const method of SAMPLE_METHODS) expect(() => (stats[method] as Call).call(undefined, 'x', 1)).not.toThrow();
  const { event, timer, timed } = stats as unknown as Record<string, Call>;
  event('title', 'text');
  (timer('x') as { stop(): void }).stop();
  (timed('x') as (wrapped: () => void) => () => void)(() => {})();
  const { increment } = stats.createCounter('x') as unknown as Record<string, Call>;
  increment();
  increment.call({}, 1);
  new Proxy(stats.createGauge('x'), {}).set(1);
  const { timer: timingTimer } = stats.createTiming('x') as unknown as Record<string, Call>;
  (timingTimer() as { stop(): void }).stop();
  expect(stats.telemetry.samples).toBe(0);
  expect(warn.mock.calls).toEqual([
    [
      'A method of ThreadStats for a gauge was called without its object as `this`, and recorded nothing: call it on its object, or pass a function that does, such as `() => counter.increment()`. Warned once',
      { type: 'ThreadStatsWarning', code: 'ERR_THREADSTATS_LOST_THIS' },
    ],
  ]);
});
