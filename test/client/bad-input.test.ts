import { describe, expect, test } from 'vitest';
import type { SampleError } from '../../src/index.js';
import { dropsOf, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { GoodSamples } from '../support/good-samples.js';
import { HANDLE_METHODS, METHODS } from '../support/methods.js';
import { changing, HOSTILE, ODD_VALUES, RECORDING_VALUES } from '../support/odd-values.js';

const ODD = Object.entries(ODD_VALUES);

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(METHODS)('%s takes an odd value in any place, and counts it', async (method, call, ...good) => {
    const rig = startClient(engine, { counterType: 'count' });
    const { stats, errors } = rig;
    const samples = new GoodSamples(rig);
    let calls = 0;
    for (let place = 0; place < good.length; place++) {
      for (const [, make] of ODD) {
        samples.record();
        const args = good.with(place, make());
        expect(() => call(stats, ...(args as never[]))).not.toThrow();
        // The same once more, with what was remembered of the first call.
        expect(() => call(stats, ...(args as never[]))).not.toThrow();
        calls += 2;
      }
    }
    samples.record();
    const { samples: counted, applied, dropped } = stats.telemetry;
    const offered = samples.count + (method === 'event' ? 0 : calls);
    expect(counted).toBe(offered);
    expect(applied + dropped.badName + dropped.badValue + dropped.badTags + dropped.badOptions).toBe(offered);
    await samples.expectAll();
    if (method === 'event') expect(rig.reporter.events.length + dropped.badEvent).toBe(calls);
    // Some are recorded, but told: a Date of 1970, names that are cut, hosts that name no machine.
    const refusals = errors.filter(
      (error) => !/_(OLD_SAMPLE|EVENT_DATE|LONG_NAME|HOST)$/.test((error as { code?: string }).code ?? ''),
    );
    for (const error of refusals) expect(error).toMatchObject({ code: expect.stringMatching(/_SAMPLE_BAD_/) });
    const reasons = refusals.map((error) => (error as SampleError).reason);
    expect([...new Set(reasons)].sort()).toEqual(Object.keys(dropsOf(stats)).sort());
    for (const reason of new Set(reasons)) expect(reasons.filter((other) => other === reason).length).toBeLessThanOrEqual(10);
  });

  test.each(METHODS)('%s takes a value in any place that records by itself', async (method, call, ...good) => {
    const rig = startClient(engine, { counterType: 'count' });
    const samples = new GoodSamples(rig);
    let calls = 0;
    for (let place = 0; place < good.length; place++) {
      for (const make of Object.values(RECORDING_VALUES)) {
        for (let times = 0; times < 3; times++) {
          const args = good.with(
            place,
            make(() => samples.record()),
          );
          expect(() => call(rig.stats, ...(args as never[]))).not.toThrow();
          calls++;
        }
      }
    }
    const { samples: counted, applied, dropped } = rig.stats.telemetry;
    const offered = samples.count + (method === 'event' ? 0 : calls);
    expect(counted).toBe(offered);
    expect(applied + dropped.badName + dropped.badValue + dropped.badTags + dropped.badOptions).toBe(offered);
    expect(samples.count).toBeGreaterThan(calls / 2);
    await samples.expectAll();
  });

  test.each(HANDLE_METHODS)('%s takes an odd value, and counts it', async (_, call) => {
    const rig = startClient(engine, { counterType: 'count' });
    const samples = new GoodSamples(rig);
    for (const [, make] of ODD) {
      samples.record();
      expect(() => call(rig.stats, make() as never)).not.toThrow();
    }
    const { samples: counted, applied, dropped } = rig.stats.telemetry;
    expect(counted).toBe(samples.count + ODD.length);
    expect(applied + dropped.badValue).toBe(counted);
    await samples.expectAll();
  });

  test.each<[string, (first: string, then: string) => string[]]>([
    ['array', (first, then) => changing(first, then)],
    ['proxy', (first, then) => new Proxy(changing(first, then), {})],
  ])('an %s that gives another tag at the second reading spoils no other series', async (_, make) => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    for (let i = 0; i < 3; i++) {
      stats.increment('x', 1, make('odd', 'good'));
      stats.increment('x', 100, ['good']);
      stats.increment('x', 1, make('good', 'odd'));
      stats.increment('x', 10_000, ['odd']);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    const values = new Map(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]]));
    expect([...values.keys()].sort()).toEqual(['good', 'odd']);
    // Either reading may count, for the samples of the changing arrays.
    expect(Math.floor(values.get('good')! / 100)).toBe(3);
    expect(Math.floor(values.get('odd')! / 10_000)).toBe(3);
    expect(stats.telemetry.applied).toBe(12);
  });

  test('an array whose length changes spoils no other series', async () => {
    const { stats, reporter } = startClient(engine, { counterType: 'count' });
    for (const lengths of [[1, 2], [2, 1, 2, 1], [1, 1, 2 ** 32 - 1], [1, -1], [Number.NaN], [1.5, 1], [1, 1, 0]]) {
      const tags = new Proxy(['odd', 'good'], {
        get: (target, key) => (key === 'length' ? (lengths.shift() ?? 1) : Reflect.get(target, key)),
      });
      stats.increment('x', 1, tags);
      stats.increment('x', 1, tags);
      stats.increment('x', 1000, ['good']);
      stats.increment('x', 1000, ['odd', 'good']);
    }
    await stats.flush(Number.POSITIVE_INFINITY);
    const values = new Map(reporter.metrics.map(({ tags, points }) => [tags.join(), points[0][1]]));
    for (const tags of ['good', 'odd,good']) expect(Math.floor(values.get(tags)! / 1000)).toBe(7);
  });

  test('odd tags one by one do not disturb each other', async () => {
    const rig = startClient(engine, { counterType: 'count' });
    const samples = new GoodSamples(rig);
    let calls = 0;
    for (const [, make] of ODD) {
      for (const tags of [[make()], ['good', make()], [make(), 'good'], { good: make() }]) {
        samples.record();
        rig.stats.increment('odd', 1, { tags: tags as never });
        if (Array.isArray(tags)) rig.stats.increment('odd', 1, tags as never);
        calls += Array.isArray(tags) ? 2 : 1;
      }
    }
    expect(rig.stats.telemetry.samples).toBe(samples.count + calls);
    await samples.expectAll();
  });

  test('a strict client throws nothing but TypeErrors, not even what its caller threw', async () => {
    const rig = startClient(engine, { strict: true, counterType: 'count' });
    const samples = new GoodSamples(rig);
    for (const [, call, ...good] of METHODS) {
      for (let place = 0; place < good.length; place++) {
        for (const [, make] of ODD) {
          samples.record();
          let thrown: unknown;
          try {
            call(rig.stats, ...(good.with(place, make()) as never[]));
          } catch (error) {
            thrown = error;
          }
          if (thrown !== undefined) expect(thrown).toBeInstanceOf(TypeError);
        }
      }
    }
    await samples.expectAll();
  });

  test('flush takes any timestamp', async () => {
    const { stats, reporter } = startClient(engine);
    stats.gauge('good', 1, { timestamp: 99_999_999_999 });
    for (const [, make] of ODD) {
      const result = stats.flush(make() as never);
      expect(result).toBeInstanceOf(Promise);
      await expect(result).resolves.toMatchObject({ pending: 0 });
    }
    expect(valuesOf(reporter)).toEqual({ good: [1] });
  });

  test('errors of the reporter may be anything', async () => {
    for (const thrown of [...ODD.map(([, make]) => make()), HOSTILE]) {
      const reporter = {
        flushMetrics: () => Promise.reject(thrown),
        flushDistributions: () => {
          throw thrown;
        },
        flushEvents: () => {},
        close: () => Promise.reject(thrown),
      };
      const { stats, errors } = startClient(engine, { reporter });
      stats.gauge('g', 1);
      stats.distribution('d', 1);
      stats.event('e', '');
      expect(await stats.flush(Number.POSITIVE_INFINITY)).toEqual({ metrics: 0, distributions: 0, events: 1, pending: 0 });
      expect(stats.telemetry.rows).toMatchObject({ sent: 1 });
      await stats.stop();
      expect(errors).toHaveLength(3);
      for (const error of errors) expect(error).toBeInstanceOf(Error);
    }
  });
});
