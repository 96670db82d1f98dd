import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { type DistributionRow, MemoryReporter, type MetricRow, ThreadStats } from '../../src/index.js';
import { engineNames } from '../support/engines.js';

type Op = [string, ...unknown[]];

interface Vector {
  name: string;
  client: { namespace?: string; constantTags?: string[]; env?: Record<string, string> };
  start: { rollUpInterval?: number; device?: string };
  ops: Op[];
  flushes: { metrics: MetricRow[]; distributions: DistributionRow[]; events: object[] }[];
}

const data = readFileSync(new URL('./data/vectors-1.json.gz', import.meta.url));
const vectors: Vector[] = JSON.parse(gunzipSync(data).toString());

describe.each(engineNames)('the %s engine replays the reference', (engine) => {
  test.each(vectors)('$name', async (vector) => {
    for (const [variable, value] of Object.entries(vector.client.env ?? {})) vi.stubEnv(variable, value);
    const { namespace, constantTags } = vector.client;
    const reporter = new MemoryReporter();
    const codes = new Set<unknown>();
    const onError = (error: Error & { code?: string }) => void codes.add(error.code);
    const stats = new ThreadStats({ namespace, constantTags, engine, reporter, onError, strict: true });
    vi.unstubAllEnvs();
    expect(stats.engineName).toBe(engine);
    stats.start({ ...vector.start, flushMode: 'manual' });

    const expected = vector.flushes.values();
    for (const op of vector.ops) {
      if (op[0] !== 'flush') {
        call(stats, op);
        continue;
      }
      reporter.clear();
      await stats.flush(op[1] === 'inf' ? Number.POSITIVE_INFINITY : (op[1] as number));
      const { metrics, distributions, events } = expected.next().value!;
      expect(comparable(reporter.metrics)).toEqual(comparable(metrics));
      expect(comparable(reporter.distributions)).toEqual(comparable(distributions));
      expect(reporter.events).toEqual(events);
    }
    expect(expected.next().done).toBe(true);
    await stats.stop();
    // Most samples of the reference are years old.
    codes.delete('ERR_THREADSTATS_OLD_SAMPLE');
    expect(codes).toEqual(new Set());
  });
});

function call(stats: ThreadStats, [method, ...args]: Op): void {
  (stats[method as 'gauge'] as (...args: unknown[]) => void)(...args);
}

/** Sorted by what identifies a row, numbers replaced by matchers of the same value up to rounding. */
function comparable(rows: (MetricRow | DistributionRow)[]): unknown[] {
  return rows
    .map((row) => ({ ...row, tags: row.tags ?? [], points: row.points.map(([seconds, value]) => [seconds, rounded(value)]) }))
    .sort((a, b) => (identity(a) < identity(b) ? -1 : 1));
}

function identity({
  metric,
  points,
  host,
  tags,
}: {
  metric: string;
  points: unknown[][];
  host: string | null;
  tags: string[];
}): string {
  return JSON.stringify([metric, points[0][0], host, [...tags].sort()]);
}

function rounded(value: number | number[]): unknown {
  return Array.isArray(value) ? value.map(rounded) : Number(value.toPrecision(10));
}
