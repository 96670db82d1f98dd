// Every option of everything that is configured gets every odd value: it is accepted, or refused by an error that names the
// option.

import { describe, expect, test } from 'vitest';
import { HttpReporter, MemoryReporter, type Reporter, ThreadStats, ThreadStatsError } from '../../src/index.js';
import { openClient, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { GoodSamples } from '../support/good-samples.js';
import { ODD_VALUES, RECORDING_VALUES } from '../support/odd-values.js';
import { optionsOf } from '../support/options-of.js';

const ODD = [
  ...Object.entries(ODD_VALUES),
  ...Object.entries(RECORDING_VALUES).map(([name, make]): [string, () => unknown] => [name, () => make(() => {})]),
];

/** Errors of the caller's own code, which the caller gets as they are. */
const OWN_ERRORS = /hostile/;

/** Errors that name no option, because the options as a whole are bad, or their names cannot be read. */
const OF_ALL_OPTIONS = /The options of .* must be an object|has no option|on a proxy that has been revoked/;

/** Calls; if that throws, expects an error of a documented class that contains one of the names. */
function expectTakenOrRefused(call: () => unknown, names: readonly string[], what: string): unknown {
  try {
    return call();
  } catch (error) {
    if (OWN_ERRORS.test(String((error as Error).message))) return undefined;
    const isDocumented = error instanceof TypeError || error instanceof RangeError || error instanceof ThreadStatsError;
    const { message } = error as Error;
    expect(isDocumented, `${what}: ${message}`).toBe(true);
    if (!OF_ALL_OPTIONS.test(message)) {
      expect(
        names.some((name) => message.includes(name)),
        `${what}: ${message}`,
      ).toBe(true);
    }
    expect(message.length, what).toBeLessThan(1000);
    return undefined;
  }
}

const CLIENT_OPTIONS = optionsOf((options) => new ThreadStats(options));
const START_OPTIONS = optionsOf((options) => new ThreadStats().start(options));
const HTTP_OPTIONS = optionsOf((options) => new HttpReporter(options));

test('the error about an unknown option lists the known ones', () => {
  expect(CLIENT_OPTIONS).toEqual(expect.arrayContaining(['namespace', 'apiKey', 'reporter', 'normalize']));
  expect(HTTP_OPTIONS).toEqual(expect.arrayContaining(['apiKey', 'url', 'timeout']));
  expect(START_OPTIONS).toEqual(expect.arrayContaining(['flushInterval', 'flushMode']));
});

test.each(CLIENT_OPTIONS)(
  'any value of the option %s of a client is accepted or refused by name, and a client that accepted it works',
  async (option) => {
    for (const [name, make] of ODD) {
      const options: object = { engine: 'js', reporter: new MemoryReporter(), onError: () => {}, [option]: make() };
      // A client of 16 million contexts takes its time.
      if (option === 'maxContexts' && typeof Reflect.get(options, option) === 'number') continue;
      const stats = expectTakenOrRefused(() => new ThreadStats(options), [option], `${option}: ${name}`) as
        | ThreadStats
        | undefined;
      if (stats === undefined) continue;
      if (expectTakenOrRefused(() => stats.start({ flushMode: 'manual' }), ['API key'], name) === undefined) continue;
      expect(() => {
        stats.increment('good', 1, ['good']);
        stats.histogram('good.h', 1);
        stats.event('good', 'text', { tags: ['good'] });
      }).not.toThrow();
      await stats.flush(Number.POSITIVE_INFINITY);
      const { samples, applied } = stats.telemetry;
      expect(applied, name).toBe(samples);
      // The reporter that an odd value stands for may be one that never ends.
      void stats.stop({ timeout: 0 });
    }
  },
);

test('any value in place of the options of a client is accepted or refused', () => {
  for (const [name, make] of ODD) expectTakenOrRefused(() => new ThreadStats(make() as never), CLIENT_OPTIONS, name);
});

test.each(HTTP_OPTIONS)('any value of the option %s of a reporter is accepted or refused by name', async (option) => {
  for (const [name, make] of ODD) {
    const options: object = { apiKey: 'key', url: 'http://127.0.0.1:1/', [option]: make() };
    // Made of it would be a directory, as soon as the reporter is there.
    if (option === 'spoolDirectory' && typeof Reflect.get(options, option) === 'string') continue;
    const reporter = expectTakenOrRefused(() => new HttpReporter(options, {}), [option, 'API key'], `${option}: ${name}`);
    await (reporter as HttpReporter | undefined)?.close();
  }
});

test('any value in place of the options of a reporter is accepted or refused', async () => {
  for (const [name, make] of ODD) {
    const call = (): HttpReporter => new HttpReporter(make() as never, { DD_API_KEY: 'key' });
    const reporter = expectTakenOrRefused(call, HTTP_OPTIONS, name);
    await (reporter as HttpReporter | undefined)?.close();
  }
});

test('methods of an HTTP reporter reject odd rows, and throw nothing', async () => {
  const reporter = new HttpReporter({ apiKey: 'key', url: 'http://127.0.0.1:1/', timeout: 1 }, {});
  await reporter.close();
  for (const [name, make] of ODD) {
    // They would work through all of it.
    if (name.includes('length')) continue;
    for (const rows of [make(), [make()]] as never[]) {
      for (const flush of [reporter.flushMetrics(rows), reporter.flushDistributions(rows), reporter.flushEvents(rows)]) {
        await flush.catch((error) => expect(typeof error).toBe('object'));
      }
    }
  }
});

test.each(START_OPTIONS)('any value of the option %s of start() is accepted or refused by name', async (option) => {
  for (const [name, make] of ODD) {
    const { stats } = openClient('js');
    expectTakenOrRefused(() => stats.start({ flushMode: 'manual', [option]: make() }), [option], `${option}: ${name}`);
    stats.increment('good');
    await stats.stop({ timeout: 0 });
  }
});

test('after bad options of stop() the client goes on, and after others it stops', async () => {
  for (const [name, make] of ODD) {
    for (const options of [make(), { flush: make() }, { timeout: make() }]) {
      const { stats, reporter } = openClient('js');
      stats.start({ flushMode: 'manual' });
      stats.increment('good');
      const stopped = expectTakenOrRefused(() => stats.stop(options as never), ['flush', 'timeout', 'stop'], name);
      if (stopped === undefined) stats.increment('good');
      await (stopped ?? stats.stop());
      if (stopped === undefined) expect(reporter.metrics, name).toMatchObject([{ points: [[expect.anything(), 0.2]] }]);
    }
  }
});

describe.each(engineNames)('on the %s engine', (engine) => {
  test('methods that configure name the option they refuse, and leave the client as it was', async () => {
    const rig = startClient(engine, { counterType: 'count' });
    const { stats } = rig;
    const samples = new GoodSamples(rig);
    const configure: [names: string[], call: (odd: never) => unknown][] = [
      [['namespace', 'tags', 'host', 'child'], (odd) => stats.child(odd).increment('x', 1, ['a'])],
      [['namespace'], (odd) => stats.child({ namespace: odd }).increment('x', 1, ['a'])],
      [['tags'], (odd) => stats.child({ tags: odd }).increment('x', 1, ['a'])],
      [['host'], (odd) => stats.child({ host: odd }).increment('x', 1, ['a'])],
      [['device', 'disabled', 'start'], (odd) => stats.start(odd)],
      [['name'], (odd) => stats.createCounter(odd).increment()],
      [['tags', 'host'], (odd) => stats.createGauge('g', odd).set(1)],
      [['tags'], (odd) => stats.createSet('s', { tags: odd }).add('m')],
      [['host'], (odd) => stats.createTiming('t', { host: odd }).record(1)],
      [['tags'], (odd) => stats.createHistogram('h', { tags: odd, sampleRate: odd }).record(1)],
      [['timed'], (odd) => stats.timed('t')(odd)],
      [['timed'], (odd) => stats.timed('t')(() => {}, odd)],
    ];
    for (const [index, [names, call]] of configure.entries()) {
      for (const [name, make] of ODD) {
        samples.record();
        expectTakenOrRefused(() => call(make() as never), names, `${index}: ${name}`);
      }
    }
    samples.record();
    await samples.expectAll();
  });

  test.each([undefined, 'all', 'pending', 'dropped'])(
    'a reporter may return anything, and so may its telemetry (rows: %s)',
    async (nested) => {
      const isNested = nested !== undefined;
      for (const [name, make] of ODD) {
        const given = make();
        // A promise that is never settled holds the flush, until stop() gives up.
        if (name.includes('never settles')) continue;
        const reporter = {
          flushMetrics: () => given,
          flushDistributions: () => given,
          flushEvents: () => given,
          close: () => given,
          get telemetry() {
            return isNested ? { payloads: make(), rows: nested === 'all' ? make() : { sent: make(), [nested]: make() } } : make();
          },
        } as unknown as Reporter;
        const { stats } = openClient(engine, { reporter });
        stats.start({ flushMode: 'manual' });
        stats.gauge('g', 1);
        stats.distribution('d', 1);
        stats.event('e', '');
        const result = await stats.flush(Number.POSITIVE_INFINITY);
        const { rows } = stats.telemetry;
        for (const count of [rows.sent, rows.pending, ...Object.values(rows.dropped)])
          expect(Number.isInteger(count), name).toBe(true);
        // A reporter that tells of rows is believed.
        if (!isNested) {
          expect(result.metrics + result.distributions + result.events, name).toBe(rows.sent);
          expect(rows.sent === 3 || rows.sent === 0, name).toBe(true);
        }
        await stats.stop({ timeout: 0 });
      }
    },
  );

  test('onError and the clock may return anything', async () => {
    for (const [name, make] of ODD) {
      const { stats, reporter } = openClient(engine, { onError: () => make() as never, clock: () => make() as number });
      stats.start({ flushMode: 'manual' });
      stats.gauge('', 1);
      stats.gauge('good', 1);
      await stats.flush(Number.POSITIVE_INFINITY);
      expect(reporter.metrics, name).toHaveLength(1);
      await stats.stop();
    }
  });
});
