import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeliveryError, type DistributionRow, type EventRow, type MetricRow, type Reporter } from '../../src/index.js';
import { type Rig, rowsOf, START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';

/** What a reporter does with the rows of one call: it keeps all, keeps some of every ten, or fails. */
type Outcome = 'keeps' | 'throws' | 'rejects' | 'rejects later' | number;

/** A reporter that follows a script, over and over, and adds up its rows. */
class ScriptedReporter implements Reporter {
  readonly #script: readonly Outcome[];
  #calls = 0;
  rows = 0;
  kept = 0;
  /** The largest value of each point of a counter, and of the count of a histogram: a later one may hold an earlier one. */
  readonly #points = { counter: new Map<string, number>(), histogram: new Map<string, number>() };
  #distributionValues = 0;

  constructor(script: readonly Outcome[]) {
    this.#script = script;
  }

  flushMetrics(rows: MetricRow[]): void | Promise<void> {
    for (const { metric, points, host, tags } of rows) {
      const kind = metric.startsWith('counter') ? 'counter' : metric.endsWith('.count') ? 'histogram' : undefined;
      if (kind === undefined) continue;
      for (const [second, value] of points) {
        const key = [metric, host, second, ...tags.toSorted()].join('|');
        this.#points[kind].set(key, Math.max(value, this.#points[kind].get(key) ?? 0));
      }
    }
    return this.#settle(rows.length);
  }

  flushDistributions(rows: DistributionRow[]): void | Promise<void> {
    for (const { points } of rows) for (const [, values] of points) this.#distributionValues += values.length;
    return this.#settle(rows.length);
  }

  flushEvents(rows: EventRow[]): void | Promise<void> {
    return this.#settle(rows.length);
  }

  /** The numbers of samples that the rows hold. */
  get applied() {
    const sum = (points: Map<string, number>): number => [...points.values()].reduce((total, value) => total + value, 0);
    const { counter, histogram } = this.#points;
    return { counter: sum(counter), histogram: sum(histogram), distribution: this.#distributionValues };
  }

  #settle(rows: number): void | Promise<void> {
    this.rows += rows;
    const outcome = this.#script[this.#calls++ % this.#script.length];
    if (outcome === 'keeps') {
      this.kept += rows;
    } else if (typeof outcome === 'number') {
      const kept = Math.min(rows, outcome);
      this.kept += kept;
      return Promise.reject(new DeliveryError('partly', kept, rows - kept, new Error('cause')));
    } else if (outcome === 'throws') {
      throw new Error(outcome);
    } else if (outcome === 'rejects') {
      return Promise.reject(outcome);
    } else {
      return new Promise((_, reject) => setImmediate(reject, new Error(outcome)));
    }
  }
}

const outcome = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Outcome>('keeps') },
  fc.constantFrom<Outcome>('throws', 'rejects', 'rejects later', 0, 1, 5),
);

const tags = fc.array(fc.constantFrom('a', 'b', 'c', 'a:1', 'A'), { maxLength: 3 });
const options = fc.oneof(
  tags,
  fc.record(
    { tags, host: fc.constantFrom('h', 'i'), timestamp: fc.integer({ min: START - 30, max: START + 90 }) },
    { requiredKeys: [] },
  ),
  fc.constantFrom(undefined, null, 'bad', { tags: [7] }, { timestamp: Number.NaN }, { host: 7 }),
);
const value = fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.constantFrom(Number.NaN, '1', undefined, Symbol('odd')));
const METHODS = ['gauge', 'set', 'increment', 'histogram', 'distribution', 'timing'] as const;
const NAMES = { gauge: 'gauge', set: 'set', increment: 'counter', histogram: 'h', distribution: 'd', timing: 't' } as const;

/** A client and what it must have counted: nothing may vanish silently. */
interface Model extends Rig {
  script: ScriptedReporter;
  offered: number;
  events: number;
  flushed: number;
  flushes: Promise<void>[];
}

type Step = (model: Model) => void | Promise<void>;

const sample: fc.Arbitrary<Step> = fc
  .record({
    method: fc.constantFrom(...METHODS),
    value,
    options,
    badName: fc.constantFrom(false, false, false, true),
    way: fc.nat(2),
  })
  .map(({ method, value, options, badName, way }) => (model) => {
    const client = way === 1 ? model.stats.child({ tags: ['child'] }) : model.stats;
    client[method](badName ? '' : NAMES[method], value as number, options as string[]);
    model.offered++;
  });

const handleSamples: fc.Arbitrary<Step> = fc.record({ tags, count: fc.nat(20) }).map(({ tags, count }) => (model) => {
  const handle = model.stats.createCounter('counter', tags);
  for (let i = 0; i < count; i++) handle.increment();
  model.offered += count;
});

const event: fc.Arbitrary<Step> = fc.constantFrom('title', '').map((title) => (model) => {
  model.stats.event(title, '');
  model.events++;
});

const tick: fc.Arbitrary<Step> = fc.constantFrom(3, 10, -10).map((seconds) => (model) => {
  model.clock.seconds += seconds;
});

const flush: fc.Arbitrary<Step> = fc
  .record({ timestamp: fc.constantFrom(undefined, Number.POSITIVE_INFINITY, START), isAwaited: fc.boolean() })
  .map(({ timestamp, isAwaited }) => (model) => {
    const done = model.stats.flush(timestamp).then(({ metrics, distributions, events }) => {
      model.flushed += metrics + distributions + events;
    });
    model.flushes.push(done);
    return isAwaited ? done : undefined;
  });

const steps = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: sample },
    { weight: 2, arbitrary: handleSamples },
    { weight: 2, arbitrary: event },
    { weight: 2, arbitrary: tick },
    { weight: 3, arbitrary: flush },
  ),
  { maxLength: 120 },
);

describe.each(engineNames)('on the %s engine', (engine) => {
  test('every sample is applied or counted as dropped, and every row is sent or counted as dropped', async () => {
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.array(outcome, { minLength: 1, maxLength: 7 }),
        fc.integer({ min: 1, max: 12 }),
        async (steps, script, maxContexts) => {
          const reporter = new ScriptedReporter(script);
          const options = { reporter, maxContexts, counterType: 'count', percentiles: [] } as const;
          const rig = startClient(engine, options);
          const model: Model = { ...rig, script: reporter, offered: 0, events: 0, flushed: 0, flushes: [] };
          for (const step of steps) {
            await step(model);
            expectConserved(model);
          }
          const { metrics, distributions, events } = await rig.stats.stop();
          await Promise.all(model.flushes);
          model.flushed += metrics + distributions + events;
          expectConserved(model);

          const { applied, dropped, rows, contexts } = rig.stats.telemetry;
          const lost = reporter.rows - reporter.kept;
          expect(rowsOf(rig.stats)).toEqual({ sent: reporter.kept, pending: 0, dropped: lost > 0 ? { reporter: lost } : {} });
          expect(model.flushed).toBe(rows.sent);
          expect(contexts).toBeLessThanOrEqual(maxContexts);
          const { counter, histogram, distribution } = reporter.applied;
          expect(counter + histogram + distribution).toBeLessThanOrEqual(applied);
          // Each value is 1, so sums are numbers of samples. Gauges and sets report fewer.
          if (dropped.contextLimit === 0) expect(applied).toBeGreaterThanOrEqual(counter + histogram + distribution);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('every good sample of a counter, histogram or distribution is reported, however small maxContexts is', async () => {
    const kinds = fc.constantFrom('increment', 'histogram', 'distribution', 'timing' as const);
    const good = fc.record({ method: kinds as fc.Arbitrary<'increment'>, tags, wait: fc.nat(4), flushes: fc.nat(9) });
    await fc.assert(
      fc.asyncProperty(fc.array(good, { maxLength: 150 }), fc.integer({ min: 1, max: 30 }), async (samples, maxContexts) => {
        const reporter = new ScriptedReporter(['keeps']);
        const { stats, clock } = startClient(engine, { reporter, maxContexts, counterType: 'count', percentiles: [] });
        const expected = { counter: 0, histogram: 0, distribution: 0 };
        for (const { method, tags, wait, flushes } of samples) {
          stats[method](NAMES[method], 1, tags);
          expected[method === 'increment' ? 'counter' : method === 'distribution' ? 'distribution' : 'histogram']++;
          clock.seconds += wait;
          if (flushes === 0) await stats.flush();
          else if (flushes === 1) stats.flush();
        }
        await stats.stop();
        expect(reporter.applied).toEqual(expected);
        expect(stats.telemetry).toMatchObject({ samples: samples.length, applied: samples.length });
      }),
      { numRuns: 60 },
    );
  });
});

function expectConserved({ stats, offered, events, script }: Model): void {
  const { samples, applied, dropped, rows } = stats.telemetry;
  const { badEvent, eventLimit, eventNotStarted, eventStopped, ...ofSamples } = dropped;
  expect(samples).toBe(offered);
  expect(applied + Object.values(ofSamples).reduce((total, count) => total + count, 0)).toBe(offered);
  expect(badEvent + eventLimit + eventNotStarted + eventStopped).toBeLessThanOrEqual(events);
  expect(script.kept).toBeLessThanOrEqual(script.rows);
  // The reporter may not have settled yet, or the client may not have noticed.
  expect(rows.sent).toBeLessThanOrEqual(script.kept);
  expect(rows.sent + rows.pending + rows.dropped.reporter).toBeGreaterThanOrEqual(script.rows);
}
