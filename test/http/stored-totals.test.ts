// What Datadog would keep of everything that a client sent is what was recorded, however it was flushed and whatever failed.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineName, ThreadStatsOptions } from '../../src/index.js';
import { type Intake, type ScriptedAnswer, startIntake } from '../../src/intake/index.js';
import { START, startClient } from '../support/client.js';
import { engineNames } from '../support/engines.js';
import { useQuickRetries } from './support/quick-retries.js';

useQuickRetries();

const FORMATS = (['v1', 'v2'] as const).flatMap((apiVersion) =>
  (['rate', 'count'] as const).map((counterType) => ({ apiVersion, counterType })),
);

const KINDS = ['increment', 'histogram', 'distribution'] as const;
// Few series, so that most points meet another one of their series and second.
const tags = fc.constantFrom<string[]>([], ['a:1', 'b'], ['b', 'a:1']);
const lateSeconds = fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined, freq: 3 });
const sample = fc.record({ kind: fc.constantFrom(...KINDS), tags, value: fc.integer({ min: 1, max: 9 }), lateSeconds });

/**
 * A sample, late or not; seven seconds that pass; a flush of the intervals that have ended, or of all; or a client that stops and
 * is followed by another one.
 */
type Step = (typeof sample extends fc.Arbitrary<infer Sample> ? Sample : never) | 'wait' | 'flush' | 'flush all' | 'next client';
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: sample },
  { weight: 3, arbitrary: fc.constantFrom<Step>('wait', 'flush', 'flush all') },
  { weight: 1, arbitrary: fc.constant<Step>('next client') },
);

/** What was recorded: the total of the counter, the number of samples of the histogram, and the values of the distribution. */
interface Recorded {
  total: number;
  count: number;
  values: number[];
}

/** Lets a client record and flush, and stops it. */
async function play(engine: EngineName, steps: Step[], intake: Intake, options: ThreadStatsOptions): Promise<Recorded> {
  const clock = { seconds: START + 1000 };
  const open = () => {
    const shared = { ...options, clock: () => clock.seconds * 1000 };
    return startClient(engine, { ...shared, reporter: undefined, url: intake.url, apiKey: 'key', host: 'h' }, { lateness: 40 })
      .stats;
  };
  const recorded: Recorded = { total: 0, count: 0, values: [] };
  let stats = open();
  const stop = async () => {
    expect(await stats.stop()).toMatchObject({ pending: 0 });
    expect(stats.telemetry.rows.pending).toBe(0);
  };
  for (const it of steps) {
    if (it === 'flush') await stats.flush();
    else if (it === 'flush all') await stats.flush(Number.POSITIVE_INFINITY);
    else if (it === 'wait') clock.seconds += 7;
    else if (it === 'next client') {
      await stop();
      stats = open();
    } else {
      const timestamp = it.lateSeconds === undefined ? undefined : clock.seconds - it.lateSeconds;
      stats[it.kind](it.kind, it.value, { tags: it.tags, timestamp });
      if (it.kind === 'increment') recorded.total += it.value;
      else if (it.kind === 'histogram') recorded.count += 1;
      else recorded.values.push(it.value);
    }
  }
  await stop();
  return recorded;
}

const ascending = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

/** Expects that what Datadog would keep is what was recorded. */
async function expectTotals(engine: EngineName, steps: Step[], intake: Intake, options: ThreadStatsOptions): Promise<void> {
  const { total, count, values } = await play(engine, steps, intake, options);
  const stored = intake.stored();
  expect(stored.total('increment')).toBeCloseTo(total, 9);
  expect(stored.total('histogram.count')).toBeCloseTo(count, 9);
  expect(ascending(stored.values('distribution'))).toEqual(ascending(values));
}

describe.each(engineNames)('on the %s engine', (engine) => {
  test.each(FORMATS)(
    'totals are right over $apiVersion with counters as $counterType, whenever it is flushed',
    async (format) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
          await using intake = await startIntake();
          await expectTotals(engine, steps, intake, format);
        }),
        { numRuns: 20 },
      );
    },
  );

  test('totals are right whatever fails', async () => {
    const onTime = sample.map((it) => ({ ...it, lateSeconds: undefined }));
    const steps = fc.array(
      fc.oneof({ weight: 8, arbitrary: onTime }, { weight: 3, arbitrary: fc.constantFrom<Step>('wait', 'flush', 'next client') }),
      { maxLength: 60 },
    );
    const failures: ScriptedAnswer[] = [{ statusCode: 503 }, { statusCode: 429 }, { statusCode: 500 }, { fault: 'reset' }];
    const answers = fc.array(fc.constantFrom(...failures), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(steps, answers, fc.constantFrom(...FORMATS), async (steps, answers, format) => {
        await using intake = await startIntake();
        for (const answer of answers) intake.answer(answer);
        await expectTotals(engine, steps, intake, format);
      }),
      { numRuns: 20 },
    );
  });

  test('a counter and a histogram are counted once though their answer was lost and they were sent again', async () => {
    await using intake = await startIntake();
    intake.answer({ raw: '', statusCode: 202 }, { path: '/api/v2/series', times: 2 });
    const increment: Step = { kind: 'increment', value: 2, tags: ['a:1'], lateSeconds: undefined };
    const recorded = await play(engine, [increment, increment, { ...increment, kind: 'histogram' }], intake, {});
    expect(intake.metric('increment').length).toBeGreaterThan(1);
    expect(intake.stored().total('increment')).toBe(recorded.total);
    expect(intake.stored().total('histogram.count')).toBe(1);
  });
});
