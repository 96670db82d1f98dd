// Texts that a client keeps for long must not keep longer texts in memory from which they were cut.

import { expect, test } from 'vitest';
import { ThreadStats } from '../../src/index.js';
import { body, heldBytes } from '../support/held-bytes.js';

const BODIES = 200;

test.each<[what: string, make: (stats: ThreadStats, piece: string) => unknown]>([
  ['tags of handles', (stats, piece) => stats.createCounter('c', [piece])],
  ['tags of handles that are an object', (stats, piece) => stats.createGauge('g', { tags: { k: piece } })],
  ['hosts of handles', (stats, piece) => stats.createSet('s', { host: piece })],
  ['names of handles', (stats, piece) => stats.createTiming(piece)],
  ['tags of children', (stats, piece) => stats.child({ tags: [piece] })],
  ['tags of children that are an object', (stats, piece) => stats.child({ tags: { k: piece } })],
  ['hosts of children', (stats, piece) => stats.child({ host: piece })],
  ['namespaces of children', (stats, piece) => stats.child({ namespace: 'a' }).child({ namespace: piece })],
])('%s do not hold the long text from which they were cut', async (_, make) => {
  const stats = new ThreadStats();
  const bytes = await heldBytes(() => Array.from({ length: BODIES }, (_, i) => make(stats, body(i).slice(0, 19))));
  expect(bytes).toBeLessThan((BODIES * 100_000) / 4);
});

test('options of a client do not hold the long text from which they were cut', async () => {
  const bytes = await heldBytes(() =>
    Array.from({ length: 10 }, (_, i) => {
      const piece = (begin: number): string => body(i * 10 + begin).slice(begin, begin + 19);
      const keys = [piece(5).replaceAll(':', ';')];
      return new ThreadStats({
        engine: 'js',
        namespace: piece(0),
        constantTags: [piece(1)],
        host: piece(2),
        device: piece(3),
        allowTagKeys: keys,
        normalize: i % 2 === 0,
      }).start({ flushMode: 'manual', disabled: true, device: piece(4) });
    }),
  );
  // An engine takes a part of it.
  expect(bytes).toBeLessThan((10 * 6 * 100_000) / 2);
});
