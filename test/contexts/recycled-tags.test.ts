// Tags come and go, as texts and as properties of objects, in several spellings, cut or not, in clients and children. Whatever is
// remembered of a tag must be forgotten together with it.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

const seed = 20_261_203;

const sample = fc.record({
  name: fc.constantFrom('a', 'b'),
  client: fc.nat(2),
  tags: fc.dictionary(fc.constantFrom('id', 'zone', 'req'), fc.constantFrom('Up', 'up', 'x', 'next'), { noNullPrototype: true }),
  /** Added to the values `next`, so that tags come that were never there. */
  offset: fc.nat(30),
  form: fc.constantFrom('object', 'array', 'options'),
  host: fc.option(fc.constantFrom('h1', 'h3'), { nil: undefined, freq: 6 }),
});

describe.each(engineNames)('on the %s engine', (engine) => {
  test('every sample is in the row of its own tags, while contexts are recycled', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(sample, { maxLength: 30 }), { minLength: 30, maxLength: 30 }), async (rounds) => {
        const { stats, reporter, clock } = startClient(engine, { counterType: 'count', denyTagKeys: ['req'] });
        const clients = [stats, stats.child({ tags: { child: 'y' } }), stats.child({ host: 'h2' })];
        const expected = new Map<string, number>();
        for (const [round, samples] of rounds.entries()) {
          for (const { name, client, tags, offset, form, host } of samples) {
            const given = Object.fromEntries(
              Object.entries(tags).map(([key, value]) => [key, value === 'next' ? `v${round * 3 + offset}` : value]),
            );
            const strings = Object.entries(given).map(([key, value]) => `${key}:${value}`);
            if (form === 'object') clients[client].increment(name, 1, { tags: given, host });
            else if (form === 'options' || host !== undefined) clients[client].increment(name, 1, { tags: strings, host });
            else clients[client].increment(name, 1, strings);
            const own = strings.map((tag) => tag.toLowerCase()).filter((tag) => !tag.startsWith('req:'));
            if (client === 1) own.push('child:y');
            const key = [name, host ?? (client === 2 ? 'h2' : null), START + round * 10, ...own.sort()].join();
            expected.set(key, (expected.get(key) ?? 0) + 1);
          }
          // Every flush reports something. After several of them, contexts that were not used are recycled.
          stats.gauge('always', round);
          clock.seconds += 10;
          await stats.flush();
        }
        const rows = reporter.metrics.filter(({ metric }) => metric !== 'always');
        const found = rows.map(({ metric, host, points: [[seconds, value]], tags }) => [
          [metric, host, seconds, ...tags.toSorted()].join(),
          value,
        ]);
        expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
        expect(found.length).toBe(expected.size);
      }),
      { seed, numRuns: 30 },
    );
  });
});
