// A client's flush encodes the engine's slices directly. These tests compare it with row objects of the same samples, which are
// collected by a MemoryReporter and sent through the reporter's public methods.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryError } from '../../../src/diagnostics/errors.js';
import { rowsDropped } from '../../../src/diagnostics/row-counts.js';
import type { ThreadStats, ThreadStatsOptions } from '../../../src/index.js';
import { rowsOf, START, startClient } from '../../support/client.js';
import { engineNames } from '../../support/engines.js';
import { BothWays, joined, send } from '../support/both-ways.js';
import { reporterTo } from '../support/reporter.js';
import { readBody, serve } from '../support/server.js';

const apiVersions = ['v2', 'v1'] as const;

const KINDS = ['increment', 'gauge', 'set', 'histogram', 'timing', 'distribution'] as const;

/** Records samples of every kind, with the tags and the host that are given. */
function recordAllKinds(stats: ThreadStats, name: string, tags?: string[], host?: string): void {
  for (const [i, kind] of KINDS.entries()) {
    for (const value of [3, 0.1, -0, 1e21, 5e-324, i]) stats[kind](`${name}.${kind}`, value, { tags, host });
  }
}

const HOSTILE = [
  '"quoted"',
  'back\\slash\\',
  'line\nend\r\ttab\b\f',
  'nul\0unit\x1fdelete\x7f',
  'a\ud800',
  '\udfff',
  '\udc00\ud800',
  '😀🇨🇭',
  '\u2028\u2029\ufeff\uffff',
  '</script><!--',
  '__proto__',
  'ü\u0308',
  '","type":9,"x":"',
  ' ',
  'x'.repeat(1000),
];

describe.each(engineNames)('the engine %s', (engine) => {
  describe.each(apiVersions)('over %s', (apiVersion) => {
    const options = [undefined, 'given'] as const;
    const combinations = options.flatMap((host) =>
      options.flatMap((device) => [[], ['env:prod', 'team:core']].map((constantTags) => ({ host, device, constantTags }))),
    );

    test.each(combinations)('all kinds arrive like row objects, with %j', async ({ host, device, constantTags }) => {
      const ways = await BothWays.open(engine, { reporter: { apiVersion }, client: { host, device, constantTags } });
      const { memory, errors } = await ways.run((stats, clock) => {
        recordAllKinds(stats, 'plain');
        recordAllKinds(stats, 'tagged', ['route:/home', 'status:200']);
        recordAllKinds(stats, 'hosted', [], 'web-1');
        recordAllKinds(stats, 'both', ['a:1', 'b:2', 'c:3', 'd:4', 'e:5'], 'web-2');
        recordAllKinds(stats.child({ namespace: 'child', tags: ['child:yes'], host: 'web-3' }), 'plain', ['a:1']);
        clock.seconds += 10;
        recordAllKinds(stats, 'plain');
        stats.gauge('old', 1, { timestamp: -25, tags: ['a:1'] });
        stats.gauge('odd', 1, { timestamp: 12.75 });
      });
      ways.expectSame();
      expect(ways.direct.metrics).toHaveLength(memory.metrics.length);
      expect(ways.direct.metrics).toHaveLength(6 * (3 + 2 * 8) + 2);
      expect(ways.direct.distributions).toHaveLength(6);
      expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_OLD_SAMPLE' }]);
      // They are not only the same, but correct.
      const isV2 = apiVersion === 'v2';
      expect(ways.direct.metric('tagged.increment')).toEqual([
        {
          metric: 'tagged.increment',
          points: [[START, 1e20]],
          type: 'rate',
          host: host ?? null,
          device: device ?? null,
          tags: ['route:/home', 'status:200', ...constantTags],
          interval: 10,
        },
      ]);
      // Both requests are sent at the same time, so they arrive in any order.
      expect(ways.direct.requests.map(({ path, encoding }) => [path, encoding]).sort()).toEqual([
        ['/api/v1/distribution_points', 'deflate'],
        [`/api/${apiVersion}/series`, isV2 ? 'gzip' : 'deflate'],
      ]);
    });

    test('the chosen aggregates and percentiles arrive like row objects', async () => {
      const client = {
        aggregates: ['sum', 'median', 'count'],
        percentiles: [0, 0.5, 0.999, 1],
        counterType: 'count',
      } as const satisfies ThreadStatsOptions;
      const ways = await BothWays.open(engine, { reporter: { apiVersion }, client, start: { rollUpInterval: 7 } });
      await ways.run((stats) => {
        for (let i = 0; i < 5000; i++) stats.histogram('h', i * 0.1, [`even:${i % 2 === 0}`]);
        stats.increment('c', 7);
      });
      ways.expectSame();
      expect(ways.direct.metric('h.99_9percentile')).toHaveLength(2);
      expect(ways.direct.metric('c')).toMatchObject([{ type: 'count', interval: 7, points: [[START - (START % 7), 7]] }]);
    });

    test('samples with the same tags arrive in one row, whatever the order of the tags, and with each tag once', async () => {
      const client = { constantTags: ['env:prod', 'team:core'] };
      const ways = await BothWays.open(engine, { reporter: { apiVersion }, client });
      await ways.run((stats) => {
        for (const kind of KINDS) {
          stats[kind](kind, 1, ['a:1', 'b:2', 'c:3']);
          stats[kind](kind, 2, ['c:3', 'b:2', 'a:1']);
          stats[kind](kind, 3, ['b:2', 'team:core', 'a:1', 'c:3', 'b:2']);
        }
      });
      ways.expectSame();
      const tags = ways.direct.metric('gauge').map((row) => row.tags.toSorted());
      expect(tags).toEqual([['a:1', 'b:2', 'c:3', 'env:prod', 'team:core']]);
    });

    test.each([3, 300])('samples of %i hosts in turn arrive like row objects', async (hosts) => {
      const ways = await BothWays.open(engine, { reporter: { apiVersion }, client: { host: 'own', constantTags: ['env:prod'] } });
      await ways.run((stats, clock) => {
        for (let interval = 0; interval < 2; interval++) {
          for (let i = 0; i < 2 * hosts; i++) {
            stats.gauge('g', i, { tags: [`i:${i}`], host: `host-${i % hosts}` });
            stats.gauge('own', i, [`i:${i}`]);
            stats.gauge('none', i, { tags: [`i:${i}`], host: '' });
          }
          clock.seconds += 10;
        }
      });
      ways.expectSame();
      expect(ways.direct.metrics).toHaveLength(2 * 2 * 3 * hosts);
      expect(new Set(ways.direct.metrics.map(({ host }) => host)).size).toBe(hosts + 2);
    });

    test('texts that JSON must escape arrive like row objects', async () => {
      const client = {
        normalize: false,
        namespace: 'name"space\\',
        constantTags: ['con"stant\ud800', 'tag\\'],
        device: 'dev"ice\n\udfff',
      };
      const ways = await BothWays.open(engine, { reporter: { apiVersion }, client });
      const { memory } = await ways.run((stats) => {
        for (const [i, text] of HOSTILE.entries()) {
          const tags = [text, HOSTILE[(i + 5) % HOSTILE.length], 'plain:tag'];
          // A host with NUL, or of more than 253 characters, is refused.
          const host = text.replaceAll('\0', '').slice(0, 253);
          for (const kind of KINDS) stats[kind](`${kind}${text}`, i, { tags, host });
        }
        stats.gauge('all', 1, HOSTILE);
      });
      ways.expectSame();
      expect(ways.direct.metrics).toEqual(memory.metrics);
      expect(ways.direct.metrics).toHaveLength(HOSTILE.length * (3 + 2 * 8) + 1);
      expect(joined(ways.direct.distributions).map(({ tags }) => tags)).toEqual(memory.distributions.map(({ tags }) => tags));
    });

    test('rows with values that are not finite are left out and counted', async () => {
      const ways = await BothWays.open(engine, { reporter: { apiVersion } });
      const { stats, errors, failures } = await ways.run((stats) => {
        for (let i = 0; i < 2; i++) {
          stats.increment('say_c', 1e308);
          stats.increment('c.negative', -1e308, ['a:1']);
          stats.histogram('h', 1e308);
        }
        stats.increment('finite', 1e308);
        stats.gauge('g', 1e308);
        stats.distribution('d', 1e308);
      });
      ways.expectSame();
      expect(ways.direct.metrics.map(({ metric }) => metric)).toEqual([
        ...['min', 'max', 'count', '75percentile', '85percentile', '95percentile', '99percentile'].map((name) => `h.${name}`),
        'finite',
        'g',
      ]);
      expect(rowsOf(stats)).toEqual({ sent: 10, pending: 0, dropped: { nonFinite: 3 } });
      expect(errors).toHaveLength(1);
      for (const error of [errors[0], failures[0]]) {
        expect(error).toBeInstanceOf(DeliveryError);
        expect(error).toMatchObject({ code: 'ERR_THREADSTATS_NON_FINITE_VALUE', rowsSent: 9, rowsDropped: 3 });
        expect(error.message).toContain('3 of 12 rows were not delivered: "say_c" has a value that is infinite or NaN');
      }
    });

    test('a flush whose rows are all left out makes no request', async () => {
      const ways = await BothWays.open(engine, { reporter: { apiVersion } });
      const { stats, errors } = await ways.run((stats) => {
        for (let i = 0; i < 2; i++) stats.increment('c', 1e308);
      });
      expect(ways.direct.requests).toEqual([]);
      expect(rowsOf(stats)).toEqual({ sent: 0, pending: 0, dropped: { nonFinite: 1 } });
      expect(errors).toMatchObject([{ code: 'ERR_THREADSTATS_NON_FINITE_VALUE', rowsSent: 0, rowsDropped: 1 }]);
    });

    test('the JSON has the same keys and values as that of row objects', async () => {
      const bodies: { url: string; series: unknown }[][] = [[], []];
      const urls = [];
      for (const seen of bodies) {
        const { url } = await serve(async (request, response) => {
          seen.push({ url: request.url!, ...JSON.parse(String(await readBody(request))) });
          response.writeHead(202).end();
        });
        urls.push(url);
      }
      const [direct, rows] = urls.map((url) => reporterTo(url, { apiVersion, compression: 'none' }));
      for (const device of [undefined, 'sda']) {
        const memory = startClient(engine, { device, constantTags: ['env:prod'] });
        for (const { stats } of [memory, startClient(engine, { device, constantTags: ['env:prod'], reporter: direct })]) {
          recordAllKinds(stats, 'plain');
          recordAllKinds(stats, 'both', ['a:1'], 'web-1');
          await stats.flush(Number.POSITIVE_INFINITY);
        }
        expect(await send(memory.reporter, rows)).toEqual([]);
      }
      expect(bodies[0].map(({ url }) => url)).toEqual([...Array(2)].flatMap(() => [`/api/${apiVersion}/series`, '/api/v1/distribution_points'])); // biome-ignore format: one line
      expect(bodies[0]).toStrictEqual(bodies[1]);
    });

    test('any samples arrive like row objects', async () => {
      const texts = ['a', 'b"', 'c\\\n', '😀', 'device:x', 'env:prod'];
      const sample = fc.record({
        kind: fc.constantFrom(...KINDS),
        name: fc.constantFrom('n', 'm"', '\ud800'),
        tags: fc.array(fc.constantFrom(...texts), { maxLength: 6 }),
        host: fc.constantFrom(undefined, 'h', 'h"'),
        value: fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom(1e308, -0, 5e-324, 1e21, 123456789)),
        /** Time until the next sample. */
        pauseSeconds: fc.constantFrom(0, 0, 0, 4, 15),
        /** Age of the sample's timestamp. */
        lateSeconds: fc.constantFrom(undefined, undefined, 0, 10, 33.3),
        flush: fc.constantFrom(false, false, false, true),
      });
      const client = { normalize: false, constantTags: ['env:prod', 'x"'], device: 'sda' };
      const ways = await BothWays.open(engine, { reporter: { apiVersion, compression: 'none' }, client });
      await fc.assert(
        fc.asyncProperty(fc.array(sample, { maxLength: 60 }), async (samples) => {
          const { stats, memory, failures } = await ways.run(async (stats, clock) => {
            for (const { kind, name, tags, host, value, pauseSeconds, lateSeconds, flush } of samples) {
              const timestamp = lateSeconds === undefined ? undefined : clock.seconds - lateSeconds;
              stats[kind](name, value, { tags, host, timestamp });
              clock.seconds += pauseSeconds;
              if (flush) await stats.flush();
            }
          });
          ways.expectSame();
          const { sent, dropped } = stats.telemetry.rows;
          expect(rowsDropped(stats.telemetry.rows)).toBe(dropped.nonFinite);
          expect(sent).toBe(ways.direct.metrics.length + ways.direct.distributions.length);
          expect(dropped.nonFinite).toBe(failures.reduce((sum, { rowsDropped }) => sum + rowsDropped, 0));
          expect(sent + dropped.nonFinite).toBe(memory.metrics.length + memory.distributions.length);
        }),
        { numRuns: 25 },
      );
    });
  });
});
