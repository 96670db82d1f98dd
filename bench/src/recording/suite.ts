// How long does it take to record one sample, depending on the kind of metric, on how the tags are passed, and on the number of
// contexts?

import { type Bench, type Budget, checkResult, ENGINES, required, type Suite, type Work } from '../suite.js';
import { timeByDuration } from '../timing.js';
import * as shapes from './shapes.js';

const CLIENTS = [...ENGINES, 'datadog-metrics', 'hot-shots', 'prom-client', 'opentelemetry'];
const QUICK = [...ENGINES, 'datadog-metrics'];

const BENCHES: Record<shapes.ShapeName, Omit<Bench, 'unit' | 'per'> & { per?: string }> = {
  increment: {
    name: 'increment(name)',
    question: 'How long does it take to increment a counter without tags?',
    contenders: CLIENTS,
    quickContenders: QUICK,
  },
  incrementSameTags: {
    name: 'increment(name, 1, tags), the same array',
    question: 'How long does it take to increment a counter with two tags, when their array is made once?',
    contenders: CLIENTS,
    quickContenders: QUICK,
  },
  incrementFreshTags: {
    name: 'increment(name, 1, tags), a fresh array',
    question:
      'How long does it take to increment a counter with two tags, when each call builds their array and one of 64 strings?',
    contenders: [...CLIENTS, 'caller alone'],
    quickContenders: [...QUICK, 'caller alone'],
  },
  incrementTagSets: {
    name: 'increment(name, 1, tags), one of 8 arrays',
    question: 'How long does it take to increment a counter with two tags, when their array is one of eight, in random order?',
    contenders: CLIENTS,
  },
  gauge: {
    name: 'gauge(name, value, tags)',
    question: 'How long does it take to set a gauge with two tags?',
    contenders: CLIENTS,
    quickContenders: QUICK,
  },
  histogram: {
    name: 'histogram(name, value, tags)',
    question: 'How long does it take to record a sample of a histogram with two tags?',
    contenders: CLIENTS.filter((contender) => contender !== 'hot-shots'),
    quickContenders: QUICK,
  },
  set: {
    name: 'set(name, member)',
    question: 'How long does it take to add one of 1024 members to a set?',
    contenders: [...ENGINES, 'hot-shots'],
  },
  recordTags: {
    name: 'increment(name, 1, { tags: record })',
    question: 'How long does it take to increment a counter with two tags, when each call passes them as an object literal?',
    contenders: CLIENTS.filter((contender) => contender !== 'datadog-metrics'),
  },
  turn: {
    name: 'increment(name), once a turn',
    question: 'How long does it take to increment a counter once in each turn of the event loop? The turn is included.',
    per: 'turn',
    contenders: [...CLIENTS, 'caller alone'],
  },
  counterHandle: {
    name: 'bound counter',
    question: 'How long does it take to increment a counter whose name and tags were looked up beforehand?',
    contenders: [...ENGINES, 'prom-client'],
    quickContenders: [...ENGINES, 'prom-client'],
  },
  histogramHandle: {
    name: 'bound histogram',
    question: 'How long does a sample take, in one histogram that was looked up beforehand and has 50,000 samples an interval?',
    contenders: [...ENGINES, 'sketches-js', 'hdr-histogram-js', 'hdr-histogram-js wasm', 'prom-client'],
    quickContenders: [...ENGINES, 'sketches-js'],
  },
  histogramHandleOfMany: {
    name: 'bound histogram, all kinds in use',
    question: 'How long does a sample of a bound histogram take, in a process that has used handles of all six kinds?',
    contenders: ENGINES,
  },
  histogramHandles: {
    name: 'bound histograms in turn',
    question: 'How long does a sample take, in 50 histograms that were looked up beforehand and have 1000 samples each?',
    contenders: [...ENGINES, 'sketches-js', 'hdr-histogram-js', 'hdr-histogram-js wasm', 'prom-client'],
  },
  millionOfPairs: {
    name: 'increment, 1,000,000 contexts of 2000 tags',
    question: 'How long does it take to increment a random one of a million counters, whose tags are the pairs of 1000 and 1000?',
    contenders: QUICK,
    quickContenders: QUICK,
  },
  millionOfTags: {
    name: 'increment, 1,000,000 contexts of 1,000,000 tags',
    question: 'How long does it take to increment a random one of a million counters, when each has a tag of its own?',
    contenders: QUICK,
  },
  millionOfHundredNames: {
    name: 'increment, 1,000,000 contexts of 100 names',
    question:
      'How long does it take to increment a random one of a million counters, of 100 names, when each call builds one of 10,000 tags?',
    contenders: QUICK,
    quickContenders: QUICK,
  },
  millionOfNames: {
    name: 'increment, 1,000,000 names',
    question:
      'How long does it take to increment a random one of a million counters with the same two tags, when each call builds the name?',
    contenders: QUICK,
    quickContenders: QUICK,
  },
};

const CASES: Record<string, () => Promise<shapes.Cases>> = {
  wasm: async () => (await import('./threadstats.js')).threadStatsCases('wasm'),
  js: async () => (await import('./threadstats.js')).threadStatsCases('js'),
  'datadog-metrics': async () => (await import('./datadog-metrics.js')).cases,
  'hot-shots': async () => (await import('./hot-shots.js')).cases,
  'prom-client': async () => (await import('./prom-client.js')).cases,
  opentelemetry: async () => (await import('./opentelemetry.js')).cases,
  'sketches-js': async () => (await import('./sketches.js')).cases,
  'hdr-histogram-js': async () => (await import('./hdr-histogram.js')).hdrHistogramCases(false),
  'hdr-histogram-js wasm': async () => (await import('./hdr-histogram.js')).hdrHistogramCases(true),
  'caller alone': async () => (await import('./caller.js')).cases,
};

/** Number of contexts with which the benches of a million contexts are checked. */
const CHECKED_CONTEXTS = 1000;

/** Recording one sample, by shape of call. */
export const recording: Suite = {
  name: 'recording',
  benches: Object.values(BENCHES).map((bench) => ({ unit: 'ns', per: 'call', ...bench })),

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const { run, calls, isAsync, reset } = await openWork(bench, contender);
    const timed = { run: run as () => undefined | Promise<undefined>, before: reset, isAsync };
    return async () => ((await timeByDuration(timed, budget)) * 1e6) / calls;
  },
};

/** Creates a contender, and checks its results. */
export async function openWork(bench: string, contender: string): Promise<Work> {
  const shape = required(
    shapes.SHAPE_NAMES.find((name) => BENCHES[name].name === bench),
    bench,
  );
  const cases = await required(CASES[contender], contender)();
  const { prepare, run, drain } = required(cases[shape], `${contender}: ${shape}`)();
  const calls = shape === 'turn' ? shapes.TURNS : shapes.CALLS;

  if (prepare !== undefined) {
    shapes.drawContexts(CHECKED_CONTEXTS);
    prepare(CHECKED_CONTEXTS);
  }
  await run();
  const contexts = prepare === undefined ? 0 : CHECKED_CONTEXTS;
  checkResult(`${contender}, ${bench}`, await drain(), shapes.expectedResult(shape, contexts));

  if (prepare !== undefined) {
    shapes.drawContexts(1_000_000);
    prepare(1_000_000);
  }
  // Counters and gauges do not grow with the number of calls. Histograms and sets of some clients do, so they are emptied.
  const grows =
    shape === 'histogram' ||
    shape === 'histogramHandle' ||
    shape === 'histogramHandleOfMany' ||
    shape === 'histogramHandles' ||
    shape === 'set';
  const reset = async (): Promise<void> => {
    await drain();
  };
  return { run, calls, isAsync: shape === 'turn', reset: grows ? reset : undefined };
}
