import { type Bench, type Budget, checkResult, ENGINES, required, type Suite } from '../suite.js';
import { timeByRepetitions } from '../timing.js';
import { type Flushing, type Load, Loader } from './flushing.js';
import { Sink } from './sink.js';
import { longestStall } from './stall.js';
import type { FlushMode } from './threadstats.js';

interface FlushBench extends Bench {
  readonly load: Load;
  /**
   * Where the rows go: to a function that counts them, or over HTTP to a local server, there in the peer's format (v1, and not
   * compressed) or as this project sends them by default.
   */
  readonly destination: 'function' | 'server' | 'server, as it comes';
  /** Of this project: who flushes when `flush` is called. */
  readonly flushMode: FlushMode;
  /** What is measured: all of it, or the longest time for which the event loop was held. */
  readonly measures: 'time' | 'stall';
}

/** Behind the engine's name for one that takes no turns while it flushes. */
const UNSLICED = ' unsliced';

const CONTENDERS = [...ENGINES, 'datadog-metrics'];

const BENCHES: readonly FlushBench[] = [
  flushBench({
    name: '1000 histograms of 1000 samples',
    question: 'How long does it take to make rows of 1000 histograms of 1000 samples?',
    load: { counters: 0, histograms: 1000, samplesPerHistogram: 1000 },
    destination: 'function',
  }),
  flushBench({
    name: '100,000 counters, sent',
    question: 'How long is it from flush() until the last byte of JSON about 100,000 counters is at a local server?',
    load: { counters: 100_000, histograms: 0, samplesPerHistogram: 0 },
  }),
  flushBench({
    name: '100,000 counters, sent as by default',
    question: 'How long is it when they are sent as they are by default, in the newer format and compressed?',
    load: { counters: 100_000, histograms: 0, samplesPerHistogram: 0 },
    destination: 'server, as it comes',
    contenders: ENGINES,
    quickContenders: undefined,
  }),
  flushBench({
    name: '10,000 histograms of 100 samples, sent',
    question: 'How long is it from flush() until the last byte of JSON about 10,000 histograms is at a local server?',
    load: { counters: 0, histograms: 10_000, samplesPerHistogram: 100 },
  }),
  flushBench({
    name: '100,000 counters and 5000 histograms, sent',
    question: 'How long is it for 100,000 counters and 5000 histograms of 200 samples, in slices of two milliseconds and in one?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    contenders: [...ENGINES, ...ENGINES.map((engine) => engine + UNSLICED)],
    quickContenders: undefined,
  }),
  flushBench({
    name: 'longest stall',
    question: 'How long at most is the event loop held while 100,000 counters and 5000 histograms of 200 samples are sent?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, as it comes',
    measures: 'stall',
  }),
  flushBench({
    name: 'longest stall, in worker mode',
    question: 'How long at most is the event loop of the application held when a worker thread does the flush?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, as it comes',
    flushMode: 'worker',
    measures: 'stall',
    contenders: ENGINES,
    quickContenders: ENGINES,
  }),
];

function flushBench(bench: Pick<FlushBench, 'name' | 'question' | 'load'> & Partial<FlushBench>): FlushBench {
  return {
    unit: 'ms',
    per: 'flush',
    contenders: CONTENDERS,
    quickContenders: CONTENDERS,
    destination: 'server',
    flushMode: 'manual',
    measures: 'time',
    ...bench,
  };
}

async function createFlushing(contender: string, url: string, { destination, flushMode }: FlushBench): Promise<Flushing> {
  if (contender === 'datadog-metrics') return (await import('./datadog-metrics.js')).httpFlushing(url);
  const { httpFlushing, unsliced } = await import('./threadstats.js');
  const engine = required(
    ENGINES.find((name) => name === contender.replace(UNSLICED, '')),
    contender,
  );
  const flushing = httpFlushing(engine, url, destination === 'server, as it comes', flushMode);
  return contender === engine ? flushing : unsliced(flushing);
}

async function createCounting(contender: string, onRows: (rows: number) => void): Promise<Flushing> {
  if (contender === 'datadog-metrics') return (await import('./datadog-metrics.js')).countingFlushing(onRows);
  const engine = required(
    ENGINES.find((name) => name === contender),
    contender,
  );
  return (await import('./threadstats.js')).countingFlushing(engine, onRows);
}

/** What a flush costs, by size. */
export const flush: Suite = {
  name: 'flush',
  benches: BENCHES,

  prepare(name: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const bench = required(
      BENCHES.find((candidate) => candidate.name === name),
      name,
    );
    const loader = new Loader(bench.load);
    return bench.destination === 'function'
      ? prepareCounting(bench, contender, loader, budget)
      : prepareSending(bench, contender, loader, budget);
  },
};

async function prepareCounting(
  { name }: FlushBench,
  contender: string,
  loader: Loader,
  budget: Budget,
): Promise<() => Promise<number>> {
  let rows = 0;
  const client = await createCounting(contender, (count) => {
    rows = count;
  });
  loader.record(client);
  await client.flush();
  checkResult(`${contender}, ${name}`, rows, loader.rows);

  const run = async (): Promise<undefined> => {
    await client.flush();
  };
  return () => timeByRepetitions({ run, before: () => loader.record(client), isAsync: true }, budget);
}

async function prepareSending(
  bench: FlushBench,
  contender: string,
  loader: Loader,
  budget: Budget,
): Promise<() => Promise<number>> {
  const sink = await Sink.start();
  const client = await createFlushing(contender, sink.url, bench);
  loader.record(client);
  await client.flush();
  checkResult(`${contender}, ${bench.name}`, (await sink.take(true)).rows, loader.rows);

  const untilLastByte = async (): Promise<{ overriddenDuration: number }> => {
    const begin = process.hrtime.bigint();
    await client.flush();
    const { lastByteNanoseconds } = await sink.take();
    return { overriddenDuration: Number(BigInt(lastByteNanoseconds) - begin) / 1e6 };
  };
  const stall = async (): Promise<{ overriddenDuration: number }> => {
    const overriddenDuration = await longestStall(() => client.flush());
    await sink.take();
    return { overriddenDuration };
  };
  const run = bench.measures === 'stall' ? stall : untilLastByte;
  return () => timeByRepetitions({ run, before: () => loader.record(client), isAsync: true }, budget);
}
