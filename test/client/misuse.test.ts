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
