// Makes good and bad calls in any order: nothing throws, every good sample is reported, and every bad one is applied or counted
// as dropped.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { EngineName } from '../../../src/index.js';
import { openClient, type Rig } from '../../support/client.js';
import { HANDLE_METHODS, METHODS } from '../../support/methods.js';
import { ODD_VALUES, RECORDING_VALUES } from '../../support/odd-values.js';
import type { NamedProperty } from './property.js';

type Act =
  | { act: 'good'; tags: string[]; isHandle: boolean }
  | { act: 'call'; method: string; place: number; odd: string; nested: string[]; isChild: boolean }
  | { act: 'handle'; method: string; odd: string }
  | { act: 'flush'; timestamp: string }
  | { act: 'tick'; seconds: number };

const GOOD_TAGS = fc.array(fc.constantFrom('a', 'b', 'odd', 'odd:1', 'x', 'frozen', 'foreign', 'foreign:1'), { maxLength: 3 });
const ODD_NAMES = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Object.keys(ODD_VALUES)) },
  { weight: 1, arbitrary: fc.constantFrom(...Object.keys(RECORDING_VALUES)) },
);

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 5, arbitrary: fc.record({ act: fc.constant('good' as const), tags: GOOD_TAGS, isHandle: fc.boolean() }) },
    {
      weight: 12,
      arbitrary: fc.record({
        act: fc.constant('call' as const),
        method: fc.constantFrom(...METHODS.map(([method]) => method)),
        place: fc.nat(2),
        odd: ODD_NAMES,
        nested: GOOD_TAGS,
        isChild: fc.boolean(),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('handle' as const),
        method: fc.constantFrom(...HANDLE_METHODS.map(([method]) => method)),
        odd: ODD_NAMES,
      }),
    },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('flush' as const), timestamp: ODD_NAMES }) },
    { weight: 1, arbitrary: fc.record({ act: fc.constant('tick' as const), seconds: fc.constantFrom(1, 10, 25) }) },
  ),
  { maxLength: 200, size: 'max' },
);

/** All samples and events that were passed to the client, and those that were good. */
class Model {
  readonly rig: Rig;
  readonly good = new Map<string, number>();
  samples = 0;
  events = 0;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  recordGood(tags: string[], isHandle: boolean): void {
    const { stats, clock } = this.rig;
    if (isHandle) stats.createCounter('good', tags).increment();
    else stats.increment('good', 1, tags);
    this.samples++;
    const key = seriesKey(tags, Math.floor(clock.seconds / 10) * 10);
    this.good.set(key, (this.good.get(key) ?? 0) + 1);
  }

  makeOdd(name: string, tags: string[]): unknown {
    const make = ODD_VALUES[name];
    return make === undefined ? RECORDING_VALUES[name](() => this.recordGood(tags, false)) : make();
  }
}

function seriesKey(tags: readonly string[], startSeconds: number): string {
  return [startSeconds, ...[...new Set(tags)].sort()].join('|');
}

async function holds(engine: EngineName, list: readonly Act[]): Promise<void> {
  const rig = openClient(engine, { counterType: 'count', constantTags: ['constant'] });
  const { stats, reporter, clock, errors } = rig;
  stats.start({ flushMode: 'manual' });
  const child = stats.child({ namespace: 'child', tags: ['child'], host: 'child' });
  const model = new Model(rig);
  for (const act of list) {
    if (act.act === 'good') {
      model.recordGood(act.tags, act.isHandle);
    } else if (act.act === 'call') {
      const [method, call, ...good] = METHODS.find(([name]) => name === act.method)!;
      const args = good.with(act.place % good.length, model.makeOdd(act.odd, act.nested));
      expect(() => call(act.isChild ? child : stats, ...(args as never[]))).not.toThrow();
      if (method === 'event') model.events++;
      else model.samples++;
    } else if (act.act === 'handle') {
      const [, call] = HANDLE_METHODS.find(([name]) => name === act.method)!;
      expect(() => call(stats, model.makeOdd(act.odd, []) as never)).not.toThrow();
      model.samples++;
    } else if (act.act === 'flush') {
      await stats.flush(model.makeOdd(act.timestamp, ['a']) as number);
    } else {
      clock.seconds += act.seconds;
    }
    expect(stats.telemetry.samples).toBe(model.samples);
  }
  await stats.stop();
  const { samples, applied, dropped } = stats.telemetry;
  const { badName, badValue, badTags, badOptions, badEvent } = dropped;
  expect(samples).toBe(model.samples);
  expect(applied + badName + badValue + badTags + badOptions).toBe(model.samples);
  expect(reporter.events.length + badEvent).toBe(model.events);
  for (const error of errors) expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_THREADSTATS_/) });
  expect(goodSums(rig)).toEqual(Object.fromEntries(model.good));
  // Every row can be sent.
  expect(() => JSON.stringify([reporter.metrics, reporter.distributions, reporter.events])).not.toThrow();
}

function goodSums({ reporter }: Rig): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { metric, tags, points } of reporter.metrics) {
    if (metric !== 'good') continue;
    expect(tags.pop()).toBe('constant');
    for (const [startSeconds, value] of points) {
      const key = seriesKey(tags, startSeconds);
      // A flush amid an interval is followed by another point with the whole value.
      sums[key] = value;
    }
  }
  return sums;
}

export function hostileCalls(engine: EngineName): NamedProperty {
  return { name: `hostile-calls-${engine}`, property: fc.asyncProperty(acts, (list) => holds(engine, list)), runs: [50, 10] };
}
