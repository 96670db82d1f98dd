// Whatever is recorded, flushed, stopped and started anew: what the server keeps is what was recorded.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryReporter } from '../../src/index.js';
import { fixedRuns } from '../engine/support/properties.js';
import { openClient, type Rig, START } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { Stored } from '../support/stored.js';

const INTERVAL = 60;
const KINDS = ['increment', 'gauge', 'set', 'histogram', 'timing', 'distribution'] as const;

type Act =
  | { readonly act: 'record'; readonly kind: (typeof KINDS)[number]; readonly tag: string; readonly offset: number | undefined }
  | { readonly act: 'wait'; readonly seconds: number }
  | { readonly act: 'flush'; readonly at: 'now' | 'everything' | number }
  | { readonly act: 'restart'; readonly isAwaited: boolean };

/**
 * Lists of acts. The offset of a sample with a timestamp is at least minus the lateness, because older intervals are forgotten. There
 * are fewer clients than an interval has seconds.
 */
function scripts(latenessSeconds: number): fc.Arbitrary<Act[]> {
  const offset = fc.option(fc.integer({ min: -latenessSeconds, max: 150 }), { nil: undefined, freq: 2 });
  return fc.array(
    fc.oneof<fc.WeightedArbitrary<Act>[]>(
      {
        weight: 12,
        arbitrary: fc.record({
          act: fc.constant('record' as const),
          kind: fc.constantFrom(...KINDS),
          tag: fc.constantFrom('a', 'b'),
          offset,
        }),
      },
      { weight: 4, arbitrary: fc.record({ act: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 80 }) }) },
      {
        weight: 5,
        arbitrary: fc.record({
          act: fc.constant('flush' as const),
          at: fc.oneof(fc.constantFrom('now' as const, 'everything' as const), fc.integer({ min: -100, max: 200 })),
        }),
      },
      { weight: 2, arbitrary: fc.record({ act: fc.constant('restart' as const), isAwaited: fc.boolean() }) },
    ),
    { maxLength: 50, size: 'max' },
  );
}

/** The samples of one series and interval. */
interface Recorded {
  readonly values: number[];
  readonly clients: Set<Rig>;
}

describe.each(engineNames)('what the server keeps, on the %s engine,', (engine) => {
  test.each([0, 45, 300])('is what was recorded, with a lateness of %d seconds', async (lateness) => {
    await fc.assert(
      fc.asyncProperty(scripts(lateness), async (list) => {
        const reporter = new MemoryReporter();
        const clock = { seconds: START };
        const errors: Error[] = [];
        const open = (): Rig => {
          const rig = openClient(engine, {
            reporter,
            clock: () => clock.seconds * 1000,
            aggregates: ['count', 'max'],
            percentiles: [],
            onError: (error) => errors.push(error),
          });
          rig.stats.start({ flushMode: 'manual', rollUpInterval: INTERVAL, lateness });
          return rig;
        };
        let rig = open();
        const stops: Promise<unknown>[] = [];
        const recorded = new Map<string, Recorded>();
        for (const [index, act] of list.entries()) {
          if (act.act === 'wait') clock.seconds += act.seconds;
          else if (act.act === 'flush') {
            const at = act.at === 'now' ? undefined : act.at === 'everything' ? Number.POSITIVE_INFINITY : clock.seconds + act.at;
            await rig.stats.flush(at);
          } else if (act.act === 'restart') {
            const stopped = rig.stats.stop();
            stops.push(stopped);
            if (act.isAwaited) await stopped;
            rig = open();
          } else {
            const timestamp = act.offset === undefined ? undefined : clock.seconds + act.offset;
            rig.stats[act.kind](act.kind, index, { tags: [act.tag], timestamp });
            const start = Math.floor((timestamp ?? clock.seconds) / INTERVAL) * INTERVAL;
            const key = `${act.kind} ${act.tag} ${start}`;
            const cell = recorded.get(key) ?? { values: [], clients: new Set() };
            recorded.set(key, cell);
            cell.values.push(index);
            cell.clients.add(rig);
          }
        }
        await Promise.all([...stops, rig.stats.stop()]);
        expect(errors).toEqual([]);

        const stored = new Stored(reporter);
        for (const [key, { values, clients }] of recorded) {
          const [kind, tag, start] = key.split(' ');
          const totalOf = (metric: string): number => stored.total(metric, tag, Number(start), INTERVAL);
          const sum = values.reduce((a, b) => a + b, 0);
          if (kind === 'increment') expect(totalOf(kind), key).toBe(sum);
          else if (kind === 'histogram' || kind === 'timing') expect(totalOf(`${kind}.count`), key).toBe(values.length);
          else if (clients.size > 1) continue;
          else if (kind === 'gauge') expect(totalOf(kind), key).toBe(values.at(-1));
          else if (kind === 'set') expect(totalOf(kind), key).toBe(values.length);
        }
        const distributed = [...recorded].flatMap(([key, { values }]) => (key.startsWith('distribution') ? values : []));
        expect(stored.values('distribution')).toEqual(distributed.sort((a, b) => a - b));
      }),
      fixedRuns(40),
    );
  });

  test('is what was recorded, however the clock steps within ten minutes', async () => {
    const act = fc.record({
      seconds: fc.integer({ min: 0, max: 590 }),
      does: fc.constantFrom('record', 'record', 'flush', 'flush everything', 'restart'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 40, size: 'max' }), async (list) => {
        const reporter = new MemoryReporter();
        const clock = { seconds: START };
        const open = (): Rig => {
          const rig = openClient(engine, { reporter, clock: () => clock.seconds * 1000, counterType: 'count' });
          rig.stats.start({ flushMode: 'manual', rollUpInterval: INTERVAL });
          return rig;
        };
        let { stats } = open();
        let samples = 0;
        for (const { seconds, does } of list) {
          clock.seconds = START + seconds;
          if (does === 'record') {
            stats.increment('x');
            samples++;
          } else if (does === 'restart') {
            await stats.stop();
            stats = open().stats;
          } else {
            await stats.flush(does === 'flush' ? undefined : Number.POSITIVE_INFINITY);
          }
        }
        await stats.stop();
        expect(new Stored(reporter).total('x')).toBe(samples);
      }),
      fixedRuns(40),
    );
  });
});
