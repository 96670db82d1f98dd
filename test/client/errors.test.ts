import { afterEach, describe, expect, test, vi } from 'vitest';
import { MemoryReporter, NullReporter, type Reporter, SampleError, ThreadStats } from '../../src/index.js';
import { dropsOf, makeClient, startClient, thrower } from '../support/client.js';
import { engineNames } from '../support/engines.js';

afterEach(() => {
  vi.restoreAllMocks();
});

/** One mistake of the application for each reason, and the message about it. */
const MISTAKES: [reason: string, make: (stats: ThreadStats) => void, message: RegExp][] = [
  ['badName', (stats) => stats.gauge('', 1), /^Dropped a gauge sample of '': a name is a string with at least one ASCII letter/],
  [
    'badValue',
    (stats) => stats.increment('x', Number.NaN),
    /^Dropped a counter sample of 'x' with the value NaN: a value is a finite/,
  ],
  [
    'badTags',
    (stats) => stats.timing('x', 1, { tags: [7] as never }),
    /^Dropped a timing sample of 'x' with the tags an array: tags are an array/,
  ],
  [
    'badOptions',
    (stats) => stats.set('x', 1, { timestamp: '7' as never }),
    /^Dropped a set sample of 'x' with the timestamp '7': options are the last argument: an array of tags, or an object of `tags`, `timestamp`/,
  ],
  ['badEvent', (stats) => stats.event('', ''), /^Dropped an event: The title of an event must be a string that is not empty/],
];

describe.each(engineNames)('on the %s engine', (engine) => {
  test('onError is called once for each reason, and telemetry counts all drops', () => {
    const { stats, errors } = startClient(engine);
    for (let round = 0; round < 3; round++) for (const [, make] of MISTAKES) make(stats);
    expect(errors).toHaveLength(MISTAKES.length);
    for (const [i, [reason, , message]] of MISTAKES.entries()) {
      const code = `ERR_THREADSTATS_SAMPLE_${reason.replace('bad', 'BAD_').toUpperCase()}`;
      expect(errors[i]).toBeInstanceOf(SampleError);
      expect(errors[i]).toMatchObject({ reason, code, message: expect.stringMatching(message) });
      expect(errors[i].message).toMatch(new RegExp(`Reported once( for this metric)?; telemetry.dropped.${reason} counts all$`));
    }
    expect(dropsOf(stats)).toEqual(Object.fromEntries(MISTAKES.map(([reason]) => [reason, 3])));
  });

  test('onError is called for each metric of which samples are dropped for a mistake, for ten metrics at most', () => {
    const { stats, errors } = startClient(engine);
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 20; i++) stats.increment(`x${i}`, Number.NaN);
      stats.gauge('x0', 1, { timestamp: 1e12 });
    }
    const messages = errors.map(({ message }) =>
      message
        .match(/sample of '(\w+)' with the (\w+)/)
        ?.slice(1)
        .join(),
    );
    expect(messages).toEqual([...Array.from({ length: 10 }, (_, i) => `x${i},value`), 'x0,timestamp']);
    expect(dropsOf(stats)).toEqual({ badValue: 40, badOptions: 2 });
  });

  test('onError is called for each mistake in an event', () => {
    const { stats, errors } = startClient(engine);
    for (let round = 0; round < 2; round++) {
      for (const title of ['', 'one', 'two']) stats.event(title, '', { alertType: 'bad' as never });
    }
    expect(errors.map(({ message }) => message.match(/^Dropped an event: The (\w+)/)?.[1])).toEqual(['title', 'option']);
  });

  test('a message is short, however long the name and the value are', () => {
    const { stats, errors } = startClient(engine);
    const long = 'x'.repeat(100_000);
    stats.gauge(`${long}\n`, long as never);
    stats.gauge(long, 1, [7] as never);
    for (const { message } of errors) expect(message.length).toBeLessThan(400);
  });

  test('onError may record, throw, or reject', async () => {
    const onError = vi.fn((): unknown => {
      stats.increment('errors');
      stats.increment('', 1, ['again']);
      if (onError.mock.calls.length % 2) throw new Error('from onError');
      return Promise.reject(new Error('from onError'));
    });
    const { stats } = startClient(engine, { onError });
    for (const [, make] of MISTAKES) expect(() => make(stats)).not.toThrow();
    expect(onError).toHaveBeenCalledTimes(MISTAKES.length);
    const { applied, dropped } = stats.telemetry;
    expect({ applied, badName: dropped.badName }).toEqual({ applied: MISTAKES.length, badName: MISTAKES.length + 1 });
    await stats.stop();
  });

  test('a strict client throws a TypeError for each mistake, every time, and records good samples', async () => {
    const { stats, reporter, errors } = startClient(engine, { strict: true });
    for (let round = 0; round < 2; round++) {
      for (const [, make, message] of MISTAKES) {
        expect(() => make(stats)).toThrow(TypeError);
        expect(() => make(stats)).toThrow(message);
      }
    }
    stats.gauge('good', 1, ['a']);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1, events: 0 });
    expect(reporter.metrics).toMatchObject([{ metric: 'good', tags: ['a'] }]);
    expect(errors).toEqual([]);
    expect(dropsOf(stats)).toEqual(Object.fromEntries(MISTAKES.map(([reason]) => [reason, 4])));
  });

  test('a strict client does not throw for drops that are not a mistake of the caller', async () => {
    const { stats, errors } = makeClient(engine, { strict: true, maxContexts: 1 });
    stats.gauge('early', 1);
    stats.event('early', '');
    stats.start({ flushMode: 'manual' });
    stats.gauge('a', 1);
    stats.gauge('past the limit', 1);
    stats.createGauge('past the limit').set(1);
    for (let i = 0; i < 10_001; i++) stats.event('e', '');
    await stats.stop();
    stats.gauge('late', 1);
    stats.gauge('later', 1);
    expect(errors).toHaveLength(5);
    expect(dropsOf(stats)).toEqual({ notStarted: 1, stopped: 2, eventNotStarted: 1, contextLimit: 2, eventLimit: 1 });
  });
});

describe('without onError', () => {
  function start(reporter: Reporter) {
    const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    return { emitWarning, stats: new ThreadStats({ reporter }).start({ flushMode: 'manual' }) };
  }

  test('the process warns once about each code', async () => {
    const { stats, emitWarning } = start(new NullReporter());
    for (let round = 0; round < 3; round++) for (const [, make] of MISTAKES) make(stats);
    expect(emitWarning).toHaveBeenCalledTimes(MISTAKES.length);
    expect(emitWarning.mock.calls[0]).toEqual([
      expect.stringMatching(/^Dropped a gauge sample of ''/),
      { type: 'ThreadStatsWarning', code: 'ERR_THREADSTATS_SAMPLE_BAD_NAME' },
    ]);
    await stats.stop();
  });

  test('the process warns about each metric of which samples are dropped for a mistake', async () => {
    const { stats, emitWarning } = start(new NullReporter());
    for (let round = 0; round < 3; round++) for (const name of ['one', 'two']) stats.gauge(name, Number.NaN);
    expect(emitWarning.mock.calls.map(([message]) => String(message).slice(0, 34))).toEqual([
      "Dropped a gauge sample of 'one' wi",
      "Dropped a gauge sample of 'two' wi",
    ]);
    await stats.stop();
  });

  test('each of two clients warns about the same code', () => {
    const one = start(new MemoryReporter());
    const two = start(new MemoryReporter());
    one.stats.gauge('', 1);
    two.stats.gauge('', 1);
    expect(two.emitWarning).toHaveBeenCalledTimes(2);
  });

  test.each<[string, unknown, string, string]>([
    ['an error', new RangeError('too far'), 'RangeError', 'too far'],
    ['a text', 'too far', 'ERR_THREADSTATS_REPORTER', "The reporter threw 'too far'"],
    ['an error with an odd name and message', Object.assign(new Error(), { name: 7, message: null }), '7', 'null'],
    ['nothing', undefined, 'ERR_THREADSTATS_REPORTER', 'The reporter threw undefined'],
  ])('the process warns once about a reporter that throws %s', async (_, thrown, code, message) => {
    const flushEvents = () => Promise.reject(thrown);
    const { stats, emitWarning } = start(Object.assign(new NullReporter(), { flushEvents }));
    for (let round = 0; round < 3; round++) {
      stats.event('e', '');
      expect(await stats.flush()).toMatchObject({ events: 0 });
    }
    expect(emitWarning.mock.calls).toEqual([[message, { type: 'ThreadStatsWarning', code }]]);
  });

  test('an error whose message cannot be read causes no warning and no harm', async () => {
    const unprintable = Object.defineProperty(new Error(), 'message', {
      get: thrower('from the message'),
    });
    const { stats } = start(Object.assign(new NullReporter(), { flushEvents: () => Promise.reject(unprintable) }));
    stats.event('e', '');
    expect(await stats.flush()).toMatchObject({ events: 0 });
    stats.gauge('g', 1);
    expect(await stats.flush(Number.POSITIVE_INFINITY)).toMatchObject({ metrics: 1 });
  });
});
