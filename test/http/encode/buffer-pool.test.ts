import { describe, expect, test } from 'vitest';
import { BufferPool } from '../../../src/http/encode/buffer-pool.js';
import { repetitions } from '../../engine/support/variants.js';
import { rowsOf, startClient } from '../../support/client.js';
import { engineNames } from '../../support/engines.js';
import { openIntake } from '../support/both-ways.js';
import { useQuickRetries } from '../support/quick-retries.js';
import { reporterTo } from '../support/reporter.js';

useQuickRetries();

describe('the memory of bodies', () => {
  test('is reused in the next flush, and not before', () => {
    const pool = new BufferPool();
    pool.beginFlush();
    const first = pool.take(1000);
    pool.giveBack(first);
    expect(pool.take(1000)).not.toBe(first);
    pool.beginFlush();
    expect(pool.take(1000)).toBe(first);
    expect(pool.take(1000)).not.toBe(first);
  });

  test('is never smaller than requested', () => {
    const pool = new BufferPool();
    for (const bytes of [1000, 10, 2000]) pool.giveBack(pool.take(bytes));
    pool.beginFlush();
    for (const bytes of [1500, 500, 5, 1500]) expect(pool.take(bytes).byteLength).toBeGreaterThan(bytes);
  });

  test('is released when a flush has not used it', () => {
    const pool = new BufferPool();
    const views = [pool.take(1000), pool.take(1000), pool.take(1000)];
    for (const view of views) pool.giveBack(view);
    pool.beginFlush();
    const used = pool.take(1000);
    pool.giveBack(used);
    pool.beginFlush();
    expect(pool.take(1000)).toBe(used);
    expect(views).not.toContain(pool.take(1000));
  });

  test('is kept up to 16 MiB', () => {
    const pool = new BufferPool();
    const views = Array.from({ length: 20 }, () => pool.take(2 ** 20));
    for (const view of views) pool.giveBack(view);
    pool.beginFlush();
    const reused = views.map(() => pool.take(2 ** 20)).filter((view) => views.includes(view));
    expect(reused).toHaveLength(15);
  });
});

const compressions = ['none', 'gzip'] as const;

describe.each(engineNames)('flushes of the %s engine', (engine) => {
  test.each(compressions)('share no memory, even if the intake fails for some time, with compression %s', async (compression) => {
    const intake = await openIntake();
    const reporter = reporterTo(intake.url, { compression });
    const { stats } = startClient(engine, { reporter, counterType: 'count' });
    const large = repetitions(20_000, 8000);
    const counts = [large, 3, large / 2, 1, 1.25 * large, 500];
    for (const [flush, count] of counts.entries()) {
      if (flush === 2) intake.answer({ statusCode: 500 }, { path: '/api/v2/series' });
      for (let i = 0; i < count; i++) stats.increment('shop.requests', i + 1, [`flush:${flush}`, `customer:c${i}`]);
      await stats.flush(Number.POSITIVE_INFINITY);
    }
    await stats.stop({ timeout: 60_000 });
    for (const [flush, count] of counts.entries()) {
      const rows = intake.metrics.filter(({ tags }) => tags.includes(`flush:${flush}`));
      const values = rows.map(({ tags, points }) => [tags[1], points[0][1]]);
      const expected = Array.from({ length: count }, (_, i) => [`customer:c${i}`, i + 1]);
      const order = ([, a]: unknown[], [, b]: unknown[]): number => Number(a) - Number(b);
      expect(values.sort(order)).toEqual(expected);
    }
    expect(rowsOf(stats)).toEqual({ sent: counts.reduce((sum, count) => sum + count), pending: 0, dropped: {} });
  });
});
