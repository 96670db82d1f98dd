// The mixes, and the samples of each. They are the same for every contender.

import { seededRandom } from '../random.js';
import { COUNTER_NAME, GAUGE_NAME, VALUES } from '../recording/shapes.js';

/** Number of calls in one repetition. */
export const CALLS = 50_000;
/** Number of calls in one turn of the event loop, in the mix by turns. */
export const CALLS_PER_TURN = 20;

/** Children of the client, in the mix of children. The metrics of an index modulo this number have the same child. */
export const CHILDREN = 10;
export const CHILD_NAMESPACE = 'shop';
export const HOST = 'web-7';

const STATUSES = [200, 404];

/** How a call passes its tags. */
export type Style = 'array' | 'object' | 'host' | 'children';

/** The number of contexts is the product of names, routes and statuses. */
export interface Mix {
  readonly names: number;
  /** At most 1024. */
  readonly routes: number;
  /** 1 or 2. */
  readonly statuses: number;
  /** The tags of a call: the route alone; also the status and a constant; or five more constants. */
  readonly tags: 1 | 3 | 8;
  readonly style: Style;
  /** True if each turn of the event loop makes only {@link CALLS_PER_TURN} calls. */
  readonly isByTurns: boolean;
}

const BASE: Mix = { names: 50, routes: 20, statuses: 2, tags: 3, style: 'array', isByTurns: false };

export const MIXES = {
  base: BASE,
  fewNames: { ...BASE, names: 3 },
  manyNames: { ...BASE, names: 200 },
  oneTag: { ...BASE, routes: 40, statuses: 1, tags: 1 },
  eightTags: { ...BASE, tags: 8 },
  fewContexts: { ...BASE, routes: 1 },
  manyContexts: { ...BASE, routes: 1000 },
  objects: { ...BASE, style: 'object' },
  host: { ...BASE, style: 'host' },
  children: { ...BASE, style: 'children' },
  turns: { ...BASE, isByTurns: true },
} satisfies Record<string, Mix>;

export type MixName = keyof typeof MIXES;

/** The kinds take turns among the names: see {@link kindOf}. */
export const INCREMENT = 0;
export const GAUGE = 1;
export const HISTOGRAM = 2;
export const TIMING = 3;

/** Returns the kind of the metric with this index. */
export function kindOf(name: number): number {
  return name % 4;
}

const PREFIXES = [COUNTER_NAME, GAUGE_NAME, 'payload.bytes', 'request.milliseconds'];

/** The names of the metrics. They are internalised strings, as the literals of an application are. */
export function namesOf({ names }: Mix): string[] {
  const byName = Object.fromEntries(Array.from({ length: names }, (_, name) => [`${PREFIXES[kindOf(name)]}.of-part-${name}`, 0]));
  return Object.keys(byName);
}

export function contextsOf({ names, routes, statuses }: Mix): number {
  return names * routes * statuses;
}

// A sample is a number: the index of its name, ten bits for its route and one for its status.

export const NAME_SHIFT = 11;
export const ROUTE_SHIFT = 1;
export const ROUTE_MASK = 1023;
export const STATUS_MASK = 1;

/** The length of an order, a power of two, so that an index modulo the length is fast. */
const ORDER_LENGTH = 2 ** 20;
export const ORDER_MASK = ORDER_LENGTH - 1;

/** Returns the samples in the order in which they are recorded: each context once, then contexts at random. */
export function orderOf(mix: Mix): Uint32Array {
  const random = seededRandom(7);
  const below = (limit: number): number => Math.floor(random() * limit);
  const contexts = contextsOf(mix);
  const order = new Uint32Array(ORDER_LENGTH);
  for (let i = 0; i < contexts; i++) {
    const name = i % mix.names;
    const route = Math.floor(i / mix.names) % mix.routes;
    const status = Math.floor(i / (mix.names * mix.routes));
    order[i] = (name << NAME_SHIFT) | (route << ROUTE_SHIFT) | status;
  }
  for (let i = contexts - 1; i > 0; i--) {
    const other = below(i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  for (let i = contexts; i < ORDER_LENGTH; i++) {
    order[i] = (below(mix.names) << NAME_SHIFT) | (below(mix.routes) << ROUTE_SHIFT) | below(mix.statuses);
  }
  return order;
}

/** Builds the tags of a sample, as a line of an application does: an array and two strings at each call. */
export type BuildTags<Tags> = (route: number, status: number) => Tags;

/** Returns the function that builds the tags as an array. */
export function arrayBuilder({ tags }: Mix): BuildTags<string[]> {
  switch (tags) {
    case 1:
      return (route) => [`route:/api/v1/${route}`];
    case 3:
      return (route, status) => [`route:/api/v1/${route}`, `status:${STATUSES[status]}`, 'region:eu-west-1'];
    case 8:
      return (route, status) => [
        `route:/api/v1/${route}`,
        `status:${STATUSES[status]}`,
        'region:eu-west-1',
        'zone:eu-west-1b',
        'team:payments',
        'service:checkout',
        'version:2024-11-05.3',
        'tier:web',
      ];
  }
}

export type Labels = { route: string; status: string; region: string };

/** Builds the tags as an object, for the mix of objects and for peers whose tags are objects. */
export function buildLabels(route: number, status: number): Labels {
  return { route: `/api/v1/${route}`, status: String(STATUSES[status]), region: 'eu-west-1' };
}

/** The options of a call of this project's client. An array means the tags. */
export type Options = string[] | { tags: string[] | Labels; host?: string };

/** Returns the function that builds the options of a call, which every contender pays for. */
export function optionsBuilder(mix: Mix): BuildTags<Options> {
  if (mix.style === 'object') return (route, status) => ({ tags: buildLabels(route, status) });
  const build = arrayBuilder(mix);
  return mix.style === 'host' ? (route, status) => ({ tags: build(route, status), host: HOST }) : build;
}

/** The code of one contender for one mix. */
export interface MixCase {
  /** Records this number of samples, in their order from this index on. */
  record(first: number, count: number): void;
  /**
   * Empties the client. Returns the sum of its counters, plus the last values of its gauges, plus the number of samples of its
   * histograms and timings. Absent when there is no client.
   */
  drain?(): number | Promise<number>;
}

/** Returns the value of the sample at this index. */
export function valueAt(index: number): number {
  return VALUES[index % 1024];
}

/** Returns the result of {@link MixCase.drain} after the first samples of the order. */
export function expectedResult(order: Uint32Array, samples: number): number {
  let sum = 0;
  const gauges = new Map<number, number>();
  for (let i = 0; i < samples; i++) {
    if (kindOf(order[i] >>> NAME_SHIFT) === GAUGE) gauges.set(order[i], valueAt(i));
    else sum++;
  }
  for (const value of gauges.values()) sum += value;
  return sum;
}
