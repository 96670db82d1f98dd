// Code of the caller that runs during a call (getters, proxies) may record too. Every sample is still reported once, in its own
// series and interval; or it is dropped as `badTags`, but only if its tags recorded while they were read.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { EngineName, ThreadStats } from '../../../src/index.js';
import { openClient, type Rig, START } from '../../support/client.js';
import type { NamedProperty } from './property.js';

/** A tag, or another value in its place, and the samples that are recorded when it is read. */
interface Tag {
  readonly text: string | number;
  readonly inner: readonly Sample[];
}

interface Sample {
  readonly name: string;
  readonly tags: readonly Tag[];
  /** How the tags are passed. */
  readonly way: 'getters' | 'proxy' | 'options' | 'record' | 'handle';
  /** Seconds after START; undefined for now. */
  readonly timestamp: number | undefined;
}

type Act = Sample | 'flush' | 'tick' | 'idle';

const { sample } = fc.letrec<{ tag: Tag; sample: Sample }>((tie) => ({
  tag: fc.record({
    text: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c', 'a:1', 'A', 'B:', 'd_e', 'd e', '!') },
      { weight: 4, arbitrary: fc.nat(400).map((number) => `n:${number}`) },
      { weight: 1, arbitrary: fc.constant(7) },
    ),
    inner: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      { weight: 5, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(tie('sample'), { minLength: 1, maxLength: 2 }) },
    ),
  }),
  sample: fc.record({
    name: fc.constantFrom('x', 'y', 'Z z'),
    tags: fc.array(tie('tag'), { maxLength: 4 }),
    way: fc.constantFrom('getters', 'proxy', 'options', 'record', 'handle'),
    timestamp: fc.option(fc.constantFrom(-25, -10, 0, 10, 35), { nil: undefined, freq: 3 }),
  }),
}));

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof<fc.WeightedArbitrary<Act>[]>(
    { weight: 10, arbitrary: sample },
    { weight: 2, arbitrary: fc.constantFrom('flush', 'tick') },
    { weight: 1, arbitrary: fc.constant('idle') },
  ),
  { maxLength: 60, size: 'max' },
);

/** Counts what the client must report. */
class Model {
  readonly sums = new Map<string, number>();
  readonly rig: Rig;
  offered = 0;
  applied = 0;
  /** Samples dropped for their tags so far. */
  badTags = 0;

  constructor(rig: Rig) {
    this.rig = rig;
  }

  record(sample: Sample): void {
    const { stats, clock } = this.rig;
    // A sample without a timestamp belongs to the time at which it was recorded. Inner samples do not move the clock.
    const seconds = sample.way === 'options' ? (sample.timestamp ?? clock.seconds - START) : clock.seconds - START;
    this.offered++;
    send(stats, sample, (inner) => this.record(inner));
    const isMalformed = sample.tags.some(({ text }) => typeof text !== 'string') && sample.way !== 'record';
    const isDropped = stats.telemetry.dropped.badTags > this.badTags;
    if (isDropped) this.badTags++;
    // The tags of handles are copied before they are looked up.
    const mayBeDropped = sample.way !== 'handle' && sample.tags.some(({ inner }) => inner.length > 0);
    if (sample.way !== 'handle' && isDropped !== isMalformed) expect(mayBeDropped).toBe(true);
    if (isMalformed || isDropped) return;
    this.applied++;
    const tags = sample.tags.map(({ text }, i) => normal(sample.way === 'record' ? `k${i}:${text}` : String(text)));
    const key = seriesKey(normalName(sample.name), tags, START + Math.floor(seconds / 10) * 10);
    this.sums.set(key, (this.sums.get(key) ?? 0) + 1);
  }
}

/** Normalises the few tags of these tests like the resolver. */
function normal(tag: string): string {
  return tag === '!'
    ? ''
    : tag
        .toLowerCase()
        .replace(/[ !]/g, '_')
        .replace(/[_:]+$/, '');
}

function normalName(name: string): string {
  return name.replace(' ', '_');
}

function seriesKey(name: string, tags: readonly string[], startSeconds: number): string {
  return [name, startSeconds, ...[...new Set(tags)].filter((tag) => tag !== '').sort()].join('|');
}

function send(stats: ThreadStats, { name, tags, way, timestamp }: Sample, record: (sample: Sample) => void): void {
  const read = tags.map(({ text, inner }) => {
    let isRead = false;
    return (): string => {
      if (!isRead) {
        isRead = true;
        for (const sample of inner) record(sample);
      }
      return text as string;
    };
  });
  const getters = (): string[] => {
    const array: string[] = [];
    for (const [i, get] of read.entries()) Object.defineProperty(array, i, { get, enumerable: true, configurable: true });
    return array;
  };
  if (way === 'getters') {
    stats.increment(name, 1, getters());
  } else if (way === 'proxy') {
    const proxy = new Proxy(
      tags.map(({ text }) => text as string),
      { get: (target, key) => (typeof key === 'string' && /^\d+$/.test(key) ? read[Number(key)]?.() : Reflect.get(target, key)) },
    );
    stats.increment(name, 1, proxy);
  } else if (way === 'options') {
    stats.increment(name, 1, { tags: getters(), timestamp: timestamp === undefined ? undefined : START + timestamp });
  } else if (way === 'record') {
    const record: Record<string, string> = {};
    for (const [i, get] of read.entries()) Object.defineProperty(record, `k${i}`, { get, enumerable: true });
    stats.increment(name, 1, { tags: record });
  } else {
    try {
      stats.createCounter(name, getters()).increment();
    } catch (error) {
      // The tags of a handle are checked when it is made.
      expect(error).toBeInstanceOf(TypeError);
      stats.increment('', 1);
    }
  }
}

async function holds(engine: EngineName, list: readonly Act[]): Promise<void> {
  const rig = openClient(engine, { counterType: 'count' });
  const { stats, reporter, clock } = rig;
  stats.start({ flushMode: 'manual' });
  const model = new Model(rig);
  for (const act of list) {
    if (act === 'tick') clock.seconds += 5;
    else if (act === 'flush') await stats.flush();
    else if (act === 'idle') for (let i = 0; i < 13; i++) await idle(model);
    else model.record(act);
  }
  await stats.stop();
  const { samples, applied } = stats.telemetry;
  expect({ samples, applied }).toEqual({ samples: model.offered, applied: model.applied });
  const sums = new Map<string, number>();
  for (const { metric, tags, points } of reporter.metrics) {
    for (const [startSeconds, value] of points) {
      const key = seriesKey(metric, tags, startSeconds);
      expect(tags.length, key).toBe(new Set(tags).size);
      sums.set(key, (sums.get(key) ?? 0) + value);
    }
  }
  expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(model.sums));
}

/** Flushes an ended interval with something to report. After several such flushes, unused contexts are recycled. */
async function idle(model: Model): Promise<void> {
  model.record({ name: 'idle', tags: [], way: 'getters', timestamp: undefined });
  model.rig.clock.seconds += 10;
  await model.rig.stats.flush();
}

export function reEntrancy(engine: EngineName): NamedProperty {
  return { name: `re-entrancy-${engine}`, property: fc.asyncProperty(acts, (list) => holds(engine, list)), runs: [100, 20] };
}
