// How long does a flush take, from `flush()` until every row is handed over or every byte is at a server, for how long does it block
// the event loop, and how much of the application's thread does it use?

import { type Bench, type Budget, checkResult, ENGINES, required, type Suite } from '../suite.js';
import { timeByRepetitions } from '../timing.js';
import { type FlushContender, type Load, Loader } from './load.js';
import { Sink } from './sink.js';
import { longestStall } from './stall.js';
import { threadMilliseconds } from './thread-time.js';
import type { FlushMode } from './threadstats.js';

interface FlushBench extends Bench {
  readonly load: Load;
  /**
   * Where the rows go: to a function that counts them, or over HTTP to a local server. The server gets the format of the peer
   * (v1, uncompressed), or of this project's default settings.
   */
  readonly destination: 'function' | 'server' | 'server, default settings';
  /** The flush mode of this project's client. */
  readonly flushMode: FlushMode;
  /** The duration of the flush, its longest stall of the event loop, or the processor time of the main thread. */
  readonly measures: 'time' | 'stall' | 'thread time';
}

/** Suffix of an engine's name, for a client that does not slice its flushes. */
const UNSLICED = ' unsliced';

const CONTENDERS = [...ENGINES, 'datadog-metrics'];

const BENCHES: readonly FlushBench[] = [
  flushBench({
    name: '1000 histograms of 1000 samples',
    question: 'How long does it take to turn 1000 histograms of 1000 samples into rows?',
    load: { counters: 0, histograms: 1000, samplesPerHistogram: 1000 },
    destination: 'function',
  }),
  flushBench({
    name: '100,000 counters, sent',
    question: 'How long does it take from flush() until the last byte of JSON of 100,000 counters is at a local server?',
    load: { counters: 100_000, histograms: 0, samplesPerHistogram: 0 },
  }),
  flushBench({
    name: '100,000 counters, sent as by default',
    question: 'How long does it take to send 100,000 counters with the default settings: in the newer format, compressed?',
    load: { counters: 100_000, histograms: 0, samplesPerHistogram: 0 },
    destination: 'server, default settings',
    contenders: ENGINES,
    quickContenders: undefined,
  }),
  flushBench({
    name: '10,000 histograms of 100 samples, sent',
    question: 'How long does it take from flush() until the last byte of JSON of 10,000 histograms is at a local server?',
    load: { counters: 0, histograms: 10_000, samplesPerHistogram: 100 },
  }),
  flushBench({
    name: '100,000 counters and 5000 histograms, sent',
    question:
      'How long does it take to send 100,000 counters and 5000 histograms of 200 samples, in slices of 2 ms and unsliced?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    contenders: [...ENGINES, ...ENGINES.map((engine) => engine + UNSLICED)],
    quickContenders: undefined,
  }),
  flushBench({
    name: 'longest stall',
    question: 'What is the longest event-loop stall while 100,000 counters and 5000 histograms of 200 samples are sent?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, default settings',
    measures: 'stall',
  }),
  flushBench({
    name: 'longest stall, in worker mode',
    question: 'What is the longest event-loop stall while a worker sends 100,000 counters and 5000 histograms of 200 samples?',
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, default settings',
    flushMode: 'worker',
    measures: 'stall',
    contenders: ENGINES,
    quickContenders: ENGINES,
  }),
  flushBench({
    name: 'longest stall, 60,000 values of a distribution',
    question: 'What is the longest event-loop stall while a distribution of 60,000 values is sent?',
    load: { counters: 0, histograms: 0, samplesPerHistogram: 0, distributionValues: 60_000 },
    destination: 'server, default settings',
    measures: 'stall',
    contenders: ENGINES,
    quickContenders: ENGINES,
  }),
  flushBench({
    name: 'time of the application thread',
    question:
      "How much processor time of the application's thread does it take to send 100,000 counters and 5000 histograms of 200 samples?",
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, default settings',
    measures: 'thread time',
    contenders: ENGINES,
    quickContenders: undefined,
  }),
  flushBench({
    name: 'time of the application thread, in worker mode',
    question: "How much processor time of the application's thread does it take if a worker sends the same?",
    load: { counters: 100_000, histograms: 5000, samplesPerHistogram: 200 },
    destination: 'server, default settings',
    flushMode: 'worker',
    measures: 'thread time',
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

async function createHttpContender(
  contender: string,
  url: string,
  { destination, flushMode }: FlushBench,
): Promise<FlushContender> {
  if (contender === 'datadog-metrics') return (await import('./datadog-metrics.js')).createHttpContender(url);
  const threadstats = await import('./threadstats.js');
  const engine = required(
    ENGINES.find((name) => name === contender.replace(UNSLICED, '')),
    contender,
  );
  const client = threadstats.createHttpContender(engine, url, destination === 'server, default settings', flushMode);
  return contender === engine ? client : threadstats.unsliced(client);
}

async function createCountingContender(contender: string, onRows: (rows: number) => void): Promise<FlushContender> {
  if (contender === 'datadog-metrics') return (await import('./datadog-metrics.js')).createCountingContender(onRows);
  const engine = required(
    ENGINES.find((name) => name === contender),
    contender,
  );
  return (await import('./threadstats.js')).createCountingContender(engine, onRows);
}

/** Flushes by size and destination. */
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
  const client = await createCountingContender(contender, (count) => {
    rows = count;
  });
  loader.record(client);
  await client.flush();
  checkResult(`${contender}, ${name}`, rows, loader.values);

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
  const client = await createHttpContender(contender, sink.url, bench);
  loader.record(client);
  await client.flush();
  checkResult(`${contender}, ${bench.name}`, (await sink.take(true)).values, loader.values);

  const untilLastByte = async (): Promise<{ overriddenDuration: number }> => {
    const begin = process.hrtime.bigint();
    await client.flush();
    const { lastByteNanoseconds } = await sink.take();
    return { overriddenDuration: Number(BigInt(lastByteNanoseconds) - begin) / 1e6 };
  };
  const clock = budget.isProcessorTime ? threadMilliseconds : () => performance.now();
  const stall = async (): Promise<{ overriddenDuration: number }> => {
    const overriddenDuration = await longestStall(() => client.flush(), clock);
    await sink.take();
    return { overriddenDuration };
  };
  const threadTime = async (): Promise<{ overriddenDuration: number }> => {
    const begin = threadMilliseconds();
    await client.flush();
    const overriddenDuration = threadMilliseconds() - begin;
    await sink.take();
    return { overriddenDuration };
  };
  const run = { time: untilLastByte, stall, 'thread time': threadTime }[bench.measures];
  return () => timeByRepetitions({ run, before: () => loader.record(client), isAsync: true }, budget);
}
