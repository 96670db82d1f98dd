// Metrics that are sent over v1 can be read back, value by value, from an independent database.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MemoryReporter, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';
import { engineNames } from '../support/engines.js';
import { type ExportedSeries, startVictoriaMetrics, type VictoriaMetrics } from './server.js';

/** The roll-up interval. */
const INTERVAL_SECONDS = 10;
/** POSIX time of the first interval. It must be recent, because the database refuses old points. */
const START_SECONDS = Math.floor(Date.now() / 1000 / INTERVAL_SECONDS) * INTERVAL_SECONDS - 100;

let database: VictoriaMetrics;
beforeAll(async () => {
  database = await startVictoriaMetrics();
});
afterAll(() => database?.stop(), 60_000);

/** Creates a client whose clock is in the first interval. `next` moves it to the next interval. */
function makeClient(options: ThreadStatsOptions): { stats: ThreadStats; errors: Error[]; next: () => void } {
  const errors: Error[] = [];
  let nowMilliseconds = START_SECONDS * 1000;
  const stats = new ThreadStats({
    namespace: 'shop',
    // Versions before 1.85 add the host of an earlier request to series without a host (VictoriaMetrics/VictoriaMetrics#3432).
    host: 'wien-1',
    seed: 1,
    clock: () => nowMilliseconds,
    onError: (error) => errors.push(error),
    ...options,
  }).start({ flushMode: 'manual', rollUpInterval: INTERVAL_SECONDS });
  const next = () => {
    nowMilliseconds += INTERVAL_SECONDS * 1000;
  };
  return { stats, errors, next };
}

/** Returns the points of each series by its name and labels. A point is [seconds after the start, value]. */
function pointsBySeries(exported: readonly ExportedSeries[]): Record<string, [number, number][]> {
  return Object.fromEntries(
    exported.map(({ metric: { __name__: name, run, ...labels }, values, timestamps }) => [
      seriesKey(
        name,
        Object.entries(labels).map((label) => label.join(':')),
      ),
      values.map((value, index): [number, number] => [timestamps[index] / 1000 - START_SECONDS, value]),
    ]),
  );
}

function seriesKey(name: string, labels: readonly string[]): string {
  return [name, ...labels.toSorted()].join(' ');
}

const sides = engineNames.flatMap((engine) => (['gzip', 'deflate'] as const).map((compression) => ({ engine, compression })));

describe.each(sides)('on the engine $engine, with $compression', ({ engine, compression }) => {
  const options = () => ({ engine, compression, url: database.intakeUrl, apiVersion: 'v1', apiKey: 'any' }) as const;

  test('gauges, rates, sets and histograms with tags in many scripts arrive unchanged', async () => {
    const run = `scripts-${engine}-${compression}`;
    const { stats, errors, next } = makeClient({ ...options(), constantTags: [`run:${run}`, 'länder:österreich'] });
    stats.gauge('queue.depth', 3, ['straße:köln']);
    stats.gauge('queue.depth', 7, ['straße:köln']);
    stats.increment('visits', 1, ['город:москва', '名前:東京']);
    stats.increment('visits', 4, ['名前:東京', 'город:москва']);
    for (let value = 20; value >= 1; value--)
      stats.histogram('latency', value, { tags: { région: 'Île-de-France' }, host: 'zürich-1' });
    for (const user of ['Zoë', 'Σωκράτης', 'Zoë']) stats.set('users', user, ['שפה:עברית']);
    next();
    stats.gauge('queue.depth', -2.5, ['straße:köln']);
    stats.decrement('visits', 3, ['город:москва', '名前:東京']);
    stats.timing('work', 0.125, ['język:łódź']);
    // This flush sends the interval that has ended; stop() sends the other one.
    expect(await stats.flush()).toMatchObject({ metrics: 11 });
    expect(await stats.stop()).toMatchObject({ metrics: 10 });
    // A host with letters beyond ASCII is sent as it is, but told.
    expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_HOST' }]);

    const country = 'länder:österreich';
    const key = (name: string, ...labels: string[]) => seriesKey(`shop.${name}`, [country, ...labels]);
    const latency = (aggregate: string) => key(`latency.${aggregate}`, 'host:zürich-1', 'région:île-de-france');
    const work = (aggregate: string) => key(`work.${aggregate}`, 'host:wien-1', 'język:łódź');
    expect(pointsBySeries(await database.read('run', run, 21))).toEqual({
      // A gauge has the last value of each interval.
      [key('queue.depth', 'host:wien-1', 'straße:köln')]: [
        [0, 7],
        [10, -2.5],
      ],
      // A rate has the sum per second.
      [key('visits', 'host:wien-1', 'город:москва', '名前:東京')]: [
        [0, 0.5],
        [10, -0.3],
      ],
      [key('users', 'host:wien-1', 'שפה:עברית')]: [[0, 2]],
      [latency('min')]: [[0, 1]],
      [latency('max')]: [[0, 20]],
      [latency('count')]: [[0, 2]],
      [latency('avg')]: [[0, 10.5]],
      [latency('75percentile')]: [[0, 15]],
      [latency('85percentile')]: [[0, 17]],
      [latency('95percentile')]: [[0, 19]],
      [latency('99percentile')]: [[0, 20]],
      [work('min')]: [[10, 0.125]],
      [work('max')]: [[10, 0.125]],
      [work('count')]: [[10, 0.1]],
      [work('avg')]: [[10, 0.125]],
      [work('75percentile')]: [[10, 0.125]],
      [work('85percentile')]: [[10, 0.125]],
      [work('95percentile')]: [[10, 0.125]],
      [work('99percentile')]: [[10, 0.125]],
    });
  });

  test('tags that are not normalised arrive unchanged', async () => {
    const run = `as-they-are-${engine}-${compression}`;
    // A constant tag of its own makes this client another writer than those before it, whose seconds it would have to avoid.
    const { stats, errors } = makeClient({ ...options(), constantTags: [`run:${run}`], normalize: false });
    const tags = ['Größe:XL "groß" \\ ', 'icon:🚀👩‍👩‍👧', 'भाषा:हिन्दी', 'e\u0301:\u00e9', 'a:b:c'];
    stats.gauge('queue.depth', 1, tags);
    await stats.stop();
    expect(errors).toEqual([]);
    const key = seriesKey('shop.queue.depth', ['host:wien-1', ...tags]);
    expect(pointsBySeries(await database.read('run', run, 1))).toEqual({ [key]: [[0, 1]] });
  });

  test('many series over several intervals arrive unchanged', async () => {
    const run = `many-${engine}-${compression}`;
    const reporter = new MemoryReporter();
    const { stats, errors, next } = makeClient({ ...options(), constantTags: [`run:${run}`] });
    const twin = makeClient({ engine, constantTags: [`run:${run}`], reporter });
    for (let interval = 0; interval < 5; interval++) {
      for (let i = 0; i < 200; i++) {
        const tags = [`größe:${i}`];
        // The values are from 1e-6 to 1e6, of both signs.
        const value = Math.sin(i + interval / 7) * 10 ** ((i % 13) - 6);
        for (const client of [stats, twin.stats]) {
          client.gauge('load', value, tags);
          client.increment('bytes', i * 1000 + interval, tags);
          for (let sample = 0; sample < i % 30; sample++) client.histogram('seconds', Math.abs(value) * sample, tags);
        }
      }
      next();
      twin.next();
    }
    await stats.stop();
    await twin.stats.stop();
    expect(errors).toEqual([]);

    const received = pointsBySeries(await database.read('run', run, reporter.metrics.length));
    const expected = new Map<string, [number, number][]>();
    for (const { metric, tags, points } of reporter.metrics) {
      const key = seriesKey(metric, ['host:wien-1', ...tags.filter((tag) => !tag.startsWith('run:'))]);
      expected.set(key, [...(expected.get(key) ?? []), ...points]);
    }
    expect(Object.keys(received).sort()).toEqual([...expected.keys()].sort());
    for (const [key, points] of expected) {
      expect(received[key].map(([seconds]) => seconds + START_SECONDS)).toEqual(
        points.map(([timestampSeconds]) => timestampSeconds),
      );
      for (const [index, [, value]] of points.entries()) {
        // The database rounds values to decimal numbers of limited precision.
        const error = Math.abs(received[key][index][1] - value);
        expect(error, `${key}: ${value}`).toBeLessThanOrEqual(Math.abs(value) * 1e-12);
      }
    }
  });
});
