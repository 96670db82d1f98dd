// Flushes amid an interval. The server keeps the last point of a series and second, so each point must hold the whole value.

import { describe, expect, test } from 'vitest';
import { START, startClient, valuesOf } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { Stored } from '../support/stored.js';

const EVERYTHING = Number.POSITIVE_INFINITY;
const OPTIONS = { counterType: 'count', aggregates: ['count', 'max'], percentiles: [0.7] } as const;

describe.each(engineNames)('a flush amid an interval, on the %s engine', (engine) => {
  test('leaves the interval open, so that the next one sends the whole value of all that changed', async () => {
    const { stats, reporter, clock } = startClient(engine, OPTIONS);
    const record = (value: number): void => {
      stats.increment('counter', value);
      stats.gauge('gauge', value);
      stats.set('set', value);
      stats.histogram('histogram', value);
      stats.timing('timing', value);
      stats.distribution('distribution', value);
    };
    for (const value of [4, 1, 3]) {
      record(value);
      clock.seconds += 1;
      await stats.flush(EVERYTHING);
    }
    expect(valuesOf(reporter)).toEqual({
      counter: [4, 5, 8],
      gauge: [4, 1, 3],
      set: [1, 2, 3],
      'histogram.count': [1, 2, 3],
      'histogram.max': [4, 4, 4],
      'histogram.70percentile': [4, 1, 3],
      'timing.count': [1, 2, 3],
      'timing.max': [4, 4, 4],
      'timing.70percentile': [4, 1, 3],
    });
    expect(new Set(reporter.metrics.map(({ points }) => points[0][0]))).toEqual(new Set([START]));
    // The values of distributions add up at the server, so each is sent once.
    expect(reporter.distributions.map(({ points }) => points)).toEqual([4, 1, 3].map((value) => [[START, [value]]]));
  });

  test('at a moment that the clock has not reached does the same', async () => {
    const { stats, reporter, clock } = startClient(engine, OPTIONS);
    stats.increment('x', 1);
    await stats.flush(START + 10);
    stats.increment('x', 2);
    await stats.flush(new Date((START + 60) * 1000));
    clock.seconds = START + 9.999;
    stats.increment('x', 4);
    await stats.flush(START + 10);
    expect(valuesOf(reporter).x).toEqual([1, 3, 7]);
  });

  test('keeps intervals of the future, too, until the clock has passed them', async () => {
    const { stats, reporter, clock } = startClient(engine, OPTIONS);
    const add = (value: number): void => stats.increment('x', value, { timestamp: START + 25 });
    add(1);
    await stats.flush(EVERYTHING);
    clock.seconds = START + 20;
    add(2);
    await stats.flush();
    await stats.flush(EVERYTHING);
    clock.seconds = START + 30;
    add(4);
    await stats.flush();
    expect(valuesOf(reporter).x).toEqual([1, 3, 7]);
  });

  test('frees what has ended, and its contexts are recycled later', async () => {
    const { stats, clock } = startClient(engine, OPTIONS);
    for (let flush = 0; flush < 40; flush++, clock.seconds += 2) {
      stats.increment('x', 1, [`flush:${flush}`]);
      await stats.flush(EVERYTHING);
    }
    expect(stats.telemetry.contexts).toBeLessThan(20);
  });

  test('counts each row that it hands over, and none for what has not changed', async () => {
    const { stats } = startClient(engine, OPTIONS);
    stats.increment('x');
    stats.increment('y');
    expect(await stats.flush(EVERYTHING)).toMatchObject({ metrics: 2 });
    stats.increment('y');
    expect(await stats.flush(EVERYTHING)).toMatchObject({ metrics: 1 });
    expect(await stats.stop()).toMatchObject({ metrics: 0 });
    expect(stats.telemetry).toMatchObject({ samples: 3, applied: 3, rows: { sent: 3, pending: 0 } });
  });

  test('reports the whole of a histogram that has more samples than are kept', async () => {
    const { stats, reporter } = startClient(engine, OPTIONS);
    for (let i = 0; i < 5000; i++) {
      stats.histogram('h', (i * 7919) % 5000);
      if (i % 700 === 0) await stats.flush(EVERYTHING);
    }
    await stats.stop();
    const [count, max, percentile] = Object.values(valuesOf(reporter)).map((values) => values.at(-1));
    expect([count, max]).toEqual([5000, 4999]);
    // Of a thousand samples, selected among all: eight standard deviations to both sides.
    expect(percentile).toBeGreaterThan(3100);
    expect(percentile).toBeLessThan(3900);
  });

  test('lets samples that come after a step back of the clock be added to what was sent', async () => {
    const { stats, reporter, clock } = startClient(engine, OPTIONS);
    stats.increment('x', 1);
    clock.seconds = START + 15;
    stats.increment('x', 10);
    await stats.flush(EVERYTHING);
    clock.seconds = START + 5;
    stats.increment('x', 100);
    await stats.flush(EVERYTHING);
    clock.seconds = START + 15;
    stats.increment('x', 1000);
    await stats.flush(EVERYTHING);
    expect(reporter.metrics.map(({ points: [[seconds, value]] }) => [seconds - START, value])).toEqual([
      [0, 1],
      [10, 10],
      [10, 110],
      [10, 1110],
    ]);
  });

  test('keeps the late samples of the lateness, too', async () => {
    const { stats, reporter, clock } = startClient(engine, OPTIONS, { lateness: 20 });
    const add = (offset: number, value: number): void => stats.increment('x', value, { timestamp: START + offset });
    add(0, 1);
    clock.seconds = START + 29;
    await stats.flush(EVERYTHING);
    add(0, 2);
    await stats.flush(EVERYTHING);
    clock.seconds = START + 30;
    await stats.flush(EVERYTHING);
    expect(valuesOf(reporter).x).toEqual([1, 3]);
  });

  test('that memory ran short before keeps nothing, and what comes after it goes to the next interval', async () => {
    const { stats, reporter, clock } = startClient(engine, { ...OPTIONS, maxMemoryBytes: 4_194_304, maxContexts: 100_000 });
    const samples = 60_000;
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < samples; i++) stats.histogram('h', 1, [`i:${i}`]);
      clock.seconds += 1;
      await stats.flush(EVERYTHING);
    }
    await stats.stop();
    const { applied, dropped } = stats.telemetry;
    expect(dropped.memoryLimit).toBeGreaterThan(0);
    expect(new Stored(reporter).total('h.count')).toBe(applied);
  });
});
