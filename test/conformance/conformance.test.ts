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
    const stats = new ThreadStats({ host: '', namespace, constantTags, engine, reporter, onError, strict: true });
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
      expect(comparable(reporter.metrics)).toEqual(comparable(metrics.map(withDistinctTags)));
      expect(comparable(reporter.distributions)).toEqual(comparable(distributions.map(withDistinctTags)));
      expect(reporter.events).toEqual(events);
    }
    expect(expected.next().done).toBe(true);
    await stats.stop();
    // Most samples and events of the reference are years old.
    codes.delete('ERR_THREADSTATS_OLD_SAMPLE');
    codes.delete('ERR_THREADSTATS_EVENT_DATE');
    expect(codes).toEqual(new Set());
  });
});

/** The reference shows a tag twice that is also a constant tag; this project shows it once. */
function withDistinctTags<Row extends MetricRow | DistributionRow>(row: Row): Row {
  return { ...row, tags: [...new Set(row.tags)] };
}

function call(stats: ThreadStats, [method, ...args]: Op): void {
  (stats[method as 'gauge'] as (...args: unknown[]) => void)(...args);
}

/** Rows with rounded numbers and sorted tags, in an order of their own. */
function comparable(rows: (MetricRow | DistributionRow)[]): unknown[] {
  return rows
    .map((row) => ({
      ...row,
      tags: [...(row.tags ?? [])].sort(),
      points: row.points.map(([seconds, value]) => [seconds, rounded(value)]),
    }))
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
  return JSON.stringify([metric, points[0][0], host, tags]);
}

function rounded(value: number | number[]): unknown {
  return Array.isArray(value) ? value.map(rounded) : Number(value.toPrecision(10));
}
