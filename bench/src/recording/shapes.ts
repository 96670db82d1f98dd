// The shapes of call that are timed, and the arguments of the calls. They are the same for every contender.

import { seededRandom } from '../random.js';

/** Number of calls in one repetition. */
export const CALLS = 50_000;
/** Number of turns of the event loop in one repetition. */
export const TURNS = 5_000;

export const COUNTER_NAME = 'page.views';
export const GAUGE_NAME = 'queue.length';
export const HISTOGRAM_NAME = 'db.query.microseconds';
export const SET_NAME = 'users';

export const TAGS: string[] = ['route:/home', 'status:200'];
/** The same tags as {@link TAGS}, for peers whose tags are objects. */
export const LABELS = { route: '/home', status: '200' };

/** A fresh array contains this tag and one that is built for the call: `shard:` and a number below {@link SHARDS}. */
export const REGION_TAG = 'region:eu';
export const REGION = 'eu';
/** A power of two. */
export const SHARDS = 64;

const ROUTES = ['/home', '/cart', '/search', '/item/:id'];
const STATUSES = ['200', '404'];
/** A few constant tag sets, as in a program that counts its requests. */
export const LABEL_SETS = ROUTES.flatMap((route) => STATUSES.map((status) => ({ route, status })));
export const TAG_SETS = LABEL_SETS.map(({ route, status }) => [`route:${route}`, `status:${status}`]);

const random = seededRandom(1);

// The lengths of the following arrays are powers of two, so that an index modulo the length is fast.

/** Random indices of {@link TAG_SETS}. */
export const ORDER_OF_SETS = Uint8Array.from({ length: 1024 }, () => random() * TAG_SETS.length);
/** Whole numbers, because HdrHistogram accepts no others. */
export const VALUES = Float64Array.from({ length: 1024 }, () => 1 + Math.floor(random() * 1_000_000));
/** Number of bound histograms that are used in turn. Each has a thousand samples in a repetition. */
export const HANDLES = 50;
export const MEMBERS = Array.from({ length: 1024 }, (_, index) => `user-${index}`);

/** The pairs of these and {@link SECOND_TAGS} are a million contexts. */
export const FIRST_TAGS = Array.from({ length: 1000 }, (_, index) => `shard:${index}`);
export const SECOND_TAGS = Array.from({ length: 1000 }, (_, index) => `customer:${index}`);

/** Each has 10,000 values of a tag, which are built for the call: a million contexts. */
export const HUNDRED_NAMES = Array.from({ length: 100 }, (_, index) => `service.${index}.requests`);

/** The contexts in the order in which they are counted. */
export const contextOrder = new Uint32Array(2 ** 20);

/** Fills {@link contextOrder} with random contexts below a number. */
export function drawContexts(contexts: number): void {
  for (let i = 0; i < contextOrder.length; i++) contextOrder[i] = random() * contexts;
}

/** The code of one contender for one shape. */
export interface Case {
  /** Records every context once, before anything is timed. */
  prepare?(contexts: number): void;
  /** The timed work: {@link CALLS} calls. */
  run(): void | Promise<void>;
  /**
   * Empties the client, and returns the sum of its counters, the last value of its gauge, the number of its histogram's samples
   * or the number of its set's members.
   */
  drain(): number | Promise<number>;
}

export const SHAPE_NAMES = [
  'increment',
  'incrementSameTags',
  'incrementFreshTags',
  'incrementTagSets',
  'gauge',
  'histogram',
  'set',
  'recordTags',
  'turn',
  'counterHandle',
  'histogramHandle',
  'histogramHandleOfMany',
  'histogramHandles',
  'millionOfPairs',
  'millionOfTags',
  'millionOfHundredNames',
  'millionOfNames',
] as const;

export type ShapeName = (typeof SHAPE_NAMES)[number];

/** The shapes that a contender supports. */
export type Cases = Partial<Record<ShapeName, () => Case>>;

/** Returns the result that {@link Case.drain} must have after one {@link Case.run}. */
export function expectedResult(shape: ShapeName, contexts: number): number {
  switch (shape) {
    case 'gauge':
      return VALUES[(CALLS - 1) % VALUES.length];
    case 'set':
      return MEMBERS.length;
    case 'turn':
      return TURNS;
    default:
      return CALLS + contexts;
  }
}

/** Runs `record` once in each of {@link TURNS} turns of the event loop. */
export function inTurns(record: () => void): Promise<void> {
  return new Promise((resolve) => {
    let left = TURNS;
    const turn = (): void => {
      record();
      if (--left === 0) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}

interface Row {
  readonly metric: string;
  readonly type: string;
  readonly points: readonly (readonly [number, number])[];
  readonly tags?: readonly string[];
}

/**
 * Sums the values of a flush's rows. A histogram counts with the row of its number of samples only. A gauge counts with its last
 * point only, because it has one in each interval, and an interval may end at any time.
 */
export function sumOfRows(rows: readonly Row[]): number {
  let sum = 0;
  const gauges = new Map<string, readonly [number, number]>();
  for (const { metric, type, points, tags } of rows) {
    for (const point of points) {
      if (type === 'count' || metric === SET_NAME) sum += point[1];
      else if (metric.includes(GAUGE_NAME)) {
        const key = `${metric} ${tags}`;
        if (point[0] >= (gauges.get(key)?.[0] ?? 0)) gauges.set(key, point);
      }
    }
  }
  for (const [, value] of gauges.values()) sum += value;
  return sum;
}

/** Returns a million arrays of tags, each with a tag that no other array has. */
export function tagsOfEachContext(): string[][] {
  return Array.from({ length: 1_000_000 }, (_, context) => [REGION_TAG, `customer:${context}`]);
}
