// The cases of clients whose methods take a name, a value and an array of tags. These clients share the code. Only one of them
// runs in a process, so every call remains monomorphic.

import * as shapes from './shapes.js';

const { CALLS, COUNTER_NAME, FIRST_TAGS, HISTOGRAM_NAME, MEMBERS, SECOND_TAGS, TAGS, TAG_SETS, VALUES } = shapes;

interface Client {
  increment(name: string, value?: number, tags?: string[]): void;
  gauge(name: string, value: number, tags?: string[]): void;
}

interface HistogramClient extends Client {
  histogram(name: string, value: number, tags?: string[]): void;
}

interface SetClient extends Client {
  set(name: string, member: string): void;
}

/** A client for one case, and the function that empties it. */
export interface Opened<Opens extends Client> {
  readonly client: Opens;
  drain(): Promise<number>;
}

/** Creates a client for one case, with room for this number of contexts. */
export type Open<Opens extends Client> = (contexts?: number) => Opened<Opens>;

/** The cases of counters and gauges. */
export function clientCases(open: Open<Client>): shapes.Cases {
  return {
    increment() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME);
      };
      return { run, drain };
    },

    incrementSameTags() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME, 1, TAGS);
      };
      return { run, drain };
    },

    incrementFreshTags() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME, 1, [shapes.REGION_TAG, `shard:${i % shapes.SHARDS}`]);
      };
      return { run, drain };
    },

    incrementTagSets() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.increment(COUNTER_NAME, 1, TAG_SETS[shapes.ORDER_OF_SETS[i % 1024]]);
      };
      return { run, drain };
    },

    gauge() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.gauge(shapes.GAUGE_NAME, VALUES[i % 1024], TAGS);
      };
      return { run, drain };
    },

    turn() {
      const { client, drain } = open();
      return { run: () => shapes.inTurns(() => client.increment(COUNTER_NAME)), drain };
    },

    millionOfPairs() {
      const { client, drain } = open(1_000_000);
      return amongMany(drain, (context) =>
        client.increment(COUNTER_NAME, 1, [FIRST_TAGS[context % 1000], SECOND_TAGS[Math.floor(context / 1000)]]),
      );
    },

    millionOfTags() {
      const { client, drain } = open(1_000_000);
      const tags = shapes.tagsOfEachContext();
      return amongMany(drain, (context) => client.increment(COUNTER_NAME, 1, tags[context]));
    },

    millionOfHundredNames() {
      const { client, drain } = open(1_000_000);
      return amongMany(drain, (context) => {
        const tag = `customer:${Math.floor(context / 100)}`;
        client.increment(shapes.HUNDRED_NAMES[context % 100], 1, [shapes.REGION_TAG, tag]);
      });
    },

    millionOfNames() {
      const { client, drain } = open(1_000_000);
      return amongMany(drain, (context) => client.increment(`customer.${context}.requests`, 1, TAGS));
    },
  };
}

/** Returns a case whose calls take contexts at random. */
function amongMany(drain: shapes.Case['drain'], record: (context: number) => void): shapes.Case {
  let next = 0;
  return {
    prepare(contexts) {
      for (let context = 0; context < contexts; context++) record(context);
    },
    run() {
      for (let i = 0; i < CALLS; i++) record(shapes.contextOrder[next++ % 2 ** 20]);
    },
    drain,
  };
}

/** The cases of histograms. */
export function histogramCases(open: Open<HistogramClient>): shapes.Cases {
  return {
    histogram() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.histogram(HISTOGRAM_NAME, VALUES[i % 1024], TAGS);
      };
      return { run, drain };
    },
  };
}

/** The cases of sets. */
export function setCases(open: Open<SetClient>): shapes.Cases {
  return {
    set() {
      const { client, drain } = open();
      const run = (): void => {
        for (let i = 0; i < CALLS; i++) client.set(shapes.SET_NAME, MEMBERS[i % 1024]);
      };
      return { run, drain };
    },
  };
}
