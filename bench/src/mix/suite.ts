// How long does it take to record one sample as an application does: of many metrics, in random order, with tags that each call
// builds anew?

import { type Bench, type Budget, checkResult, ENGINES, required, type Suite, type Work } from '../suite.js';
import { timeByDuration } from '../timing.js';
import * as mixes from './mixes.js';

/** The contender that joins a sample's texts into the key of a Map. */
const NAIVE = 'naive Map';

const CONTENDERS = [...ENGINES, NAIVE, 'caller alone', 'datadog-metrics'];
const QUICK = [...ENGINES, NAIVE];

/** Peers whose tags are objects anyway. */
const WITH_OBJECTS = [...CONTENDERS, 'prom-client', 'opentelemetry'];

type MixBench = Pick<Bench, 'name' | 'question'> & Partial<Bench>;

const BENCHES: Record<mixes.MixName, MixBench> = {
  base: {
    name: 'mix',
    question:
      'How long does a call take, with 50 names of 4 kinds and 2000 contexts in random order, each with an array of three tags, two of them built by the call?',
    contenders: [...CONTENDERS, 'hot-shots', 'prom-client', 'opentelemetry'],
    quickContenders: [...QUICK, 'datadog-metrics'],
  },
  fewNames: { name: 'mix, 3 names', question: 'The same with 3 names: 120 contexts.' },
  manyNames: { name: 'mix, 200 names', question: 'The same with 200 names: 8000 contexts.' },
  oneTag: { name: 'mix, 1 tag', question: 'The same with one tag, which the call builds.' },
  eightTags: { name: 'mix, 8 tags', question: 'The same with eight tags, two of them built by the call.' },
  fewContexts: { name: 'mix, 100 contexts', question: 'The same with one route: 100 contexts.' },
  manyContexts: { name: 'mix, 100,000 contexts', question: 'The same with 1000 routes: 100,000 contexts.' },
  objects: {
    name: 'mix, tags as objects',
    question: 'The same with the tags as an object, { tags: { route, status, region } }, where the client takes objects.',
    contenders: WITH_OBJECTS,
  },
  host: { name: 'mix, with a host', question: 'The same with a host, { tags, host }.' },
  children: {
    name: 'mix, from children',
    question: 'The same from 10 children of the client, each with a namespace and a tag of its own.',
  },
  turns: {
    name: 'mix, by turns',
    question: 'The same with 20 calls in each turn of the event loop. A twentieth of the turn is included.',
  },
};

type CreateCase = (mix: mixes.Mix, order: Uint32Array) => mixes.MixCase;

const CASES: Record<string, () => Promise<CreateCase>> = {
  wasm: async () => (await import('./threadstats.js')).threadStatsCase('wasm'),
  js: async () => (await import('./threadstats.js')).threadStatsCase('js'),
  [NAIVE]: async () => (await import('./naive-map.js')).createCase,
  'caller alone': async () => (await import('./caller.js')).createCase,
  'datadog-metrics': async () => (await import('./datadog-metrics.js')).createCase,
  'hot-shots': async () => (await import('./hot-shots.js')).createCase,
  'prom-client': async () => (await import('./prom-client.js')).createCase,
  opentelemetry: async () => (await import('./opentelemetry.js')).createCase,
};

/** Recording one sample, in a mix as applications record. */
export const mix: Suite = {
  name: 'mix',
  benches: Object.values(BENCHES).map((bench) => {
    return { unit: 'ns', per: 'call', contenders: CONTENDERS, quickContenders: QUICK, ...bench };
  }),
  nodeFlags: ['--expose-gc'],

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const { run, calls, isAsync, reset } = await openWork(bench, contender);
    const timed = { run: run as () => undefined | Promise<undefined>, isAsync };
    return async () => {
      // A round is an interval: it begins with a flush, and some clients keep all of its samples.
      await reset?.();
      // The rows of that flush are nobody's work here.
      globalThis.gc!();
      return ((await timeByDuration(timed, budget)) * 1e6) / calls;
    };
  },
};

/** Creates a contender, and checks its results. After `reset`, every context has been recorded once. */
export async function openWork(bench: string, contender: string): Promise<Work> {
  const name = required(
    (Object.keys(BENCHES) as mixes.MixName[]).find((key) => BENCHES[key].name === bench),
    bench,
  );
  const mix: mixes.Mix = mixes.MIXES[name];
  const order = mixes.orderOf(mix);
  const contexts = mixes.contextsOf(mix);
  const { record, drain } = (await required(CASES[contender], contender)())(mix, order);

  let next = 0;
  const recordNext = (count: number): void => {
    record(next, count);
    next += count;
  };
  const run = mix.isByTurns ? () => recordByTurns(recordNext) : () => recordNext(mixes.CALLS);
  const reset = async (): Promise<void> => {
    await drain?.();
    next = 0;
    recordNext(contexts);
  };

  await reset();
  await run();
  if (drain !== undefined) {
    checkResult(`${contender}, ${bench}`, await drain(), mixes.expectedResult(order, contexts + mixes.CALLS));
  }
  await reset();
  return { run, calls: mixes.CALLS, isAsync: mix.isByTurns, reset };
}

function recordByTurns(record: (count: number) => void): Promise<void> {
  return new Promise((resolve) => {
    let left = mixes.CALLS;
    const turn = (): void => {
      record(mixes.CALLS_PER_TURN);
      left -= mixes.CALLS_PER_TURN;
      if (left === 0) resolve();
      else setImmediate(turn);
    };
    setImmediate(turn);
  });
}
