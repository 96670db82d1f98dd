import { expect, test } from 'vitest';
import { onlyFinite } from '../../src/reporters/finite.js';
import { distribution, metric } from './support/rows.js';

test('rows that are all finite are passed on as they are', () => {
  const rows = [metric({ points: [[10, 1e308]] }), metric({ points: [[10, -0]] })];
  expect(onlyFinite(rows)).toEqual({ rows, refused: 0, cause: undefined });
  expect(onlyFinite(rows).rows).toBe(rows);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  'rows with a %s are left out and counted',
  (value) => {
    const good = metric({ metric: 'good' });
    const bad = metric({ metric: 'bad', points: [[10, 1], [20, value]] }); // biome-ignore format: two points in one line
    expect(onlyFinite([good, bad, bad])).toMatchObject({
      rows: [good],
      refused: 2,
      cause: { code: 'ERR_THREADSTATS_NON_FINITE_VALUE', message: expect.stringContaining('"bad"') },
    });
    const distributions = [distribution(), distribution({ points: [[10, [1, value, 2]]] })];
    expect(onlyFinite(distributions)).toMatchObject({ rows: [distributions[0]], refused: 1 });
  },
);
