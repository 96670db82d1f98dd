import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DistributionRow, MetricRow, ThreadStats, ThreadStatsOptions } from '../../src/index.js';
import { startIntake } from '../../src/intake/index.js';
import { START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

// A flush over HTTP is encoded without row objects. It must have the same content as the rows that other reporters receive.

type Row = MetricRow | DistributionRow;

/** Sorts rows, and joins those of one distribution in one interval, as the server does. */
function comparable(rows: readonly object[]): Map<string, Row> {
  const byIdentity = new Map<string, Row>();
  for (const row of structuredClone(rows) as Row[]) {
    // The endpoint of distributions has no field for the interval.
    if (row.type === 'distribution') row.interval = 0;
    const identity = JSON.stringify([row.metric, row.host, row.device, row.tags, row.points[0][0], row.type]);
    const known = byIdentity.get(identity);
    if (known?.type === 'distribution' && row.type === 'distribution') known.points[0][1].push(...row.points[0][1]);
    else if (known !== undefined) throw new Error(`A row was reported twice: ${identity}`);
    else byIdentity.set(identity, row);
  }
  return new Map([...byIdentity].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Records the same samples with a client that keeps rows and with one that sends them, and expects the same rows of both. */
async function expectSame(
  engine: (typeof engineNames)[number],
  options: ThreadStatsOptions,
  record: (stats: ThreadStats) => void,
): Promise<void> {
  await using intake = await startIntake();
  const memory = startClient(engine, options);
  const http = startClient(engine, { ...options, reporter: undefined, url: intake.url, apiKey: 'key' });
  for (const { stats } of [memory, http]) record(stats);
  const result = await memory.stats.stop();
  expect(await http.stats.stop()).toMatchObject({ metrics: result.metrics, events: result.events });
  expect(http.errors).toEqual([]);
  expect(comparable(intake.metrics)).toEqual(comparable(memory.reporter.metrics));
  expect(comparable(intake.distributions)).toEqual(comparable(memory.reporter.distributions));
  for (const { points } of intake.distributions) expect(points[0][1].length).toBeGreaterThan(0);
}

/** Records samples of every kind in several intervals, with tags in several orders, also through a child. */
function recordMuch(stats: ThreadStats, names: readonly string[], tags: readonly string[], values: readonly number[]): void {
  const child = stats.child({ namespace: 'child', tags: tags.slice(0, 1), host: 'child' });
  for (const [i, value] of values.entries()) {
    const name = names[i % names.length];
    const some = tags.filter((_, tag) => (i >> tag) & 1);
    const timestamp = START + (i % 4) * 10;
    stats.gauge(`${name}.gauge`, value, some);
    stats.increment(`${name}.counter`, value, { tags: some.toReversed(), timestamp });
    stats.histogram(`${name}.histogram`, value, { host: i % 2 ? `host "${i % 3}"` : undefined, tags: some });
    stats.set(`${name}.set`, value, [...some, 'constant']);
    stats.distribution(`${name}.distribution`, value, { tags: some, timestamp });
    child.timing(`${name}.timing`, value, some);
  }
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each<[string, ThreadStatsOptions]>([
    ['v2', { apiVersion: 'v2' }],
    ['v1', { apiVersion: 'v1' }],
    [
      'v2 with all options',
      { apiVersion: 'v2', host: 'h"\n', device: 'sd\\a', constantTags: ['constant', 'env:prod'], counterType: 'count' },
    ],
    [
      'v1 with all options',
      { apiVersion: 'v1', host: 'h"\n', device: 'sd\\a', constantTags: ['constant', 'env:prod'], namespace: 'n' },
    ],
  ])('%s sends the same rows as other reporters receive, whatever is in them', async (_, options) => {
    // Few runs with many samples each, because each run starts a server.
    const text = fc.string({
      unit: fc.constantFrom('a', 'B', '"', '\\', '\n', '\u2028', 'ä', '🍣', '\ud800', ' ', ','),
      minLength: 1,
      maxLength: 5,
    });
    const texts = fc.uniqueArray(text, { minLength: 1, maxLength: 4 });
    const value = fc.oneof(
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }),
      fc.constant(-0),
    );
    await fc.assert(
      fc.asyncProperty(
        texts,
        texts,
        fc.array(value, { minLength: 1, maxLength: 50 }),
        fc.boolean(),
        async (names, tags, values, normalize) => {
          await expectSame(engine, { ...options, normalize }, (stats) => {
            recordMuch(
              stats,
              names.map((name) => `n${name}`),
              tags.map((tag) => `t:${tag}`),
              values,
            );
          });
        },
      ),
      { numRuns: 5 },
    );
  });

  test('large flushes of many requests and slices send the same rows as other reporters receive', async () => {
    await expectSame(engine, { constantTags: ['env:prod'] }, (stats) => {
      for (let i = 0; i < 5000; i++) stats.increment('c', i, [`i:${i}`, `j:${i % 7}`]);
      for (let i = 0; i < 30_000; i++) stats.distribution(i % 5 === 0 ? 'd' : 'e', i / 8, [`k:${i % 3}`]);
    });
  });
});
