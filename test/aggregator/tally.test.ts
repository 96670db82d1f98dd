// Handles of counters and gauges keep samples in tallies. Nothing that an application can do may show that.

import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Counter, Gauge, ThreadStats } from '../../src/index.js';
import { dropsOf, type Rig, START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const seed = 20_261_202;

describe.each(engineNames)('on the %s engine', (engine) => {
  /** The sums of quarters are exact in any order, so handles and methods must agree to the last bit. */
  const value = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }),
    fc.integer({ min: -4000, max: 4000 }).map((quarters) => quarters / 4),
    fc.constantFrom(-0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, 2 ** 40),
  );
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.record({ counter: fc.nat(2), value, isHandle: fc.boolean() }) },
    { weight: 10, arbitrary: fc.record({ gauge: fc.nat(2), value, handle: fc.nat(2) }) },
    { weight: 2, arbitrary: fc.record({ late: fc.nat(2), value }) },
    { weight: 1, arbitrary: fc.constant('other samples' as const) },
    { weight: 1, arbitrary: fc.constant('telemetry' as const) },
    { weight: 1, arbitrary: fc.constant('flush' as const) },
    { weight: 1, arbitrary: fc.constant('next turn' as const) },
    { weight: 1, arbitrary: fc.constant('next interval' as const) },
  );

  /** Starts a client. It reads the system's clock once a turn, whereas it reads a clock that is given at every sample. */
  function startOnSystemClock(): Rig {
    const rig = startClient(engine, { counterType: 'count', clock: undefined });
    const clock = {
      set seconds(seconds: number) {
        vi.setSystemTime(seconds * 1000);
      },
      get seconds() {
        return Date.now() / 1000;
      },
    };
    return { ...rig, clock };
  }

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: START * 1000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('handles and methods, mixed in any way, give the rows that methods alone give', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
        vi.setSystemTime(START * 1000);
        const mixed = startOnSystemClock();
        const plain = startOnSystemClock();
        const counters: Counter[] = [];
        const gauges: Gauge[][] = [];
        for (const name of ['0', '1', '2']) {
          counters.push(mixed.stats.createCounter(`counter${name}`));
          // Two handles of the same gauge.
          gauges.push([mixed.stats.createGauge(`gauge${name}`), mixed.stats.createGauge(`gauge${name}`)]);
        }
        const both = (act: (stats: ThreadStats) => void) => {
          for (const { stats } of [mixed, plain]) act(stats);
        };
        let samples = 0;
        for (const each of steps) {
          if (each === 'flush') for (const { stats } of [mixed, plain]) await stats.flush(Number.POSITIVE_INFINITY);
          else if (each === 'next turn') await Promise.resolve();
          else if (each === 'next interval') mixed.clock.seconds += 10;
          else if (each === 'telemetry') expect(mixed.stats.telemetry.samples).toBe(samples);
          else if (each === 'other samples') {
            // They fill the buffer, so that it is applied.
            for (let i = 0; i < 1100; i++) both((stats) => stats.distribution('other', i));
            samples += 1100;
          } else if ('late' in each) {
            both((stats) => stats.gauge(`gauge${each.late}`, each.value, { timestamp: START - 10 }));
            samples++;
          } else if ('counter' in each) {
            plain.stats.increment(`counter${each.counter}`, each.value);
            if (each.isHandle) counters[each.counter].increment(each.value);
            else mixed.stats.increment(`counter${each.counter}`, each.value);
            samples++;
          } else {
            plain.stats.gauge(`gauge${each.gauge}`, each.value);
            if (each.handle < 2) gauges[each.gauge][each.handle].set(each.value);
            else mixed.stats.gauge(`gauge${each.gauge}`, each.value);
            samples++;
          }
        }
        await Promise.all([mixed.stats.stop(), plain.stats.stop()]);
        expect(valuesOf(mixed.reporter)).toEqual(valuesOf(plain.reporter));
        expect(mixed.stats.telemetry.samples).toBe(samples);
      }),
      { seed, numRuns: 100 },
    );
  });

  test('more samples of a handle than a tally takes add up exactly', async () => {
    const { stats, reporter } = startOnSystemClock();
    const counter = stats.createCounter('counter');
    const count = 2 ** 21 + 10;
    for (let i = 0; i < count; i++) counter.increment(2 ** 31 - 1);
    counter.decrement();
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ counter: [count * (2 ** 31 - 1) - 1] });
    expect(stats.telemetry.samples).toBe(count + 1);
  });

  test('samples of handles that find no memory are dropped, each of them', async () => {
    const { stats, reporter } = startClient(engine, { maxMemoryBytes: 2 ** 22 });
    const distribution = stats.createDistribution('filler');
    while (stats.telemetry.dropped.memoryLimit === 0) for (let i = 0; i < 1000; i++) distribution.record(i);
    const before = stats.telemetry;
    const counters = Array.from({ length: 5000 }, (_, i) => stats.createCounter(`counter${i}`));
    for (const counter of counters) for (let i = 0; i < 3; i++) counter.increment();
    const after = stats.telemetry;
    const dropped = after.dropped.memoryLimit - before.dropped.memoryLimit;
    expect(after.samples - before.samples).toBe(15_000);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.length * 3 + dropped).toBe(15_000);
    expect(dropped % 3).toBe(0);
    expect(dropped).toBeGreaterThan(0);
  });

  test.each<[string, unknown]>([
    ['a BigInt', 1n],
    ['a symbol', Symbol('1')],
    ['an object without a prototype', Object.create(null)],
    [
      'an object with a value',
      {
        valueOf: () => {
          throw new Error('The code of the caller must not run');
        },
      },
    ],
    ['a string', '1'],
    ['nothing', null],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
  ])('%s is dropped by a handle that has just recorded', async (_, bad) => {
    const { stats, reporter } = startOnSystemClock();
    const counter = stats.createCounter('counter');
    const gauge = stats.createGauge('gauge');
    for (let i = 0; i < 3; i++) {
      counter.increment(2);
      gauge.set(i);
      counter.increment(bad as number);
      counter.decrement(bad as number);
      gauge.set(bad as number);
    }
    expect(dropsOf(stats)).toEqual({ badValue: 9 });
    expect(stats.telemetry.samples).toBe(15);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ counter: [6], gauge: [2] });
  });

  test('a gauge that a method sets after a full tally has the value of the method', async () => {
    const { stats, reporter } = startOnSystemClock();
    const gauge = stats.createGauge('gauge');
    for (let i = 0; i < 2 ** 21; i++) gauge.set(i);
    stats.gauge('gauge', -1);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(valuesOf(reporter)).toEqual({ gauge: [-1] });
  });

  test('many handles are applied together', async () => {
    const { stats, reporter } = startOnSystemClock();
    const counters = Array.from({ length: 5000 }, (_, i) => stats.createCounter(`counter${i}`));
    for (let round = 0; round < 2; round++) for (const [i, counter] of counters.entries()) counter.increment(i);
    await stats.flush(Number.POSITIVE_INFINITY);
    expect(reporter.metrics.map(({ metric, points }) => [metric, points[0][1]])).toEqual(
      counters.map((_, i) => [`counter${i}`, 2 * i]),
    );
    expect(stats.telemetry.samples).toBe(10_000);
  });
});
