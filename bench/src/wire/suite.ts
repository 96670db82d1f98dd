// What does a flush cost on the wire: how many bytes, how many requests, and how much time to encode and to compress it? This is
// what decides in which format and in which order rows are sent: see docs/performance.md.

import zlib from 'node:zlib';
import { type Bench, type Budget, required, type Suite, type Unit } from '../suite.js';
import { timeByDuration } from '../timing.js';
import type { Contender, WireWork } from './contenders.js';
import type { FlushShape } from './flushes.js';

const FLUSHES: Record<string, FlushShape> = {
  '100,000 counters, by requests': { kind: 'counter', cells: 100_000, order: 'requests' },
  '100,000 counters, at random': { kind: 'counter', cells: 100_000, order: 'random' },
  '10,000 histograms, by requests': { kind: 'histogram', cells: 10_000, order: 'requests' },
  '10,000 histograms, at random': { kind: 'histogram', cells: 10_000, order: 'random' },
};

/** The first one is what the package sends by default. */
const CONTENDERS: Record<string, Contender> = {
  'JSON v2': { format: 'v2' },
  'JSON v1': { format: 'v1' },
  'JSON v2 by name, tags': { format: 'v2', order: 'name, tags' },
  'JSON v2 by tags, name': { format: 'v2', order: 'tags, name' },
  'JSON v2, slices by tags, name': { format: 'v2', order: 'tags, name', isSlicewise: true },
  protobuf: { format: 'protobuf' },
  'protobuf by tags, name': { format: 'protobuf', order: 'tags, name' },
  columnar: { format: 'columnar' },
};

type Compress = (body: Uint8Array) => Uint8Array;

/** With the defaults of node:zlib, as in the package: level 6 of gzip, and level 3 of zstd. */
const COMPRESSIONS: Record<string, Compress> = { gzip: (body) => zlib.gzipSync(body) };
// Node.js has it since 22.15.
if (zlib.zstdCompressSync !== undefined) COMPRESSIONS.zstd = (body) => zlib.zstdCompressSync(body);

/** A figure of encoded bodies. */
interface Measure {
  readonly name: string;
  readonly question: string;
  readonly unit: Unit;
  count(work: WireWork): number;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'before compression',
    question: 'How many bytes are the bodies of a flush before compression?',
    unit: 'bytes',
    count: ({ bodies }) => bytesOf(bodies),
  },
  ...Object.entries(COMPRESSIONS).map(
    ([name, compress]): Measure => ({
      name,
      question: `How many bytes are the bodies of a flush as sent with ${name}?`,
      unit: 'bytes',
      count: ({ bodies }) => bytesOf(bodies.map(compress)),
    }),
  ),
  {
    name: 'requests',
    question: 'How many requests is a flush, with bodies of 1 MiB as the package makes them?',
    unit: 'requests',
    count: ({ bodies }) => bodies.length,
  },
  {
    name: 'least requests',
    question: 'How many requests would a flush be if bodies were as large as the intake permits, with gzip?',
    unit: 'requests',
    count({ bodies, limits: { maxBodyBytes, maxSentBytes } }) {
      const sentBytes = bytesOf(bodies.map(required(COMPRESSIONS.gzip, 'gzip')));
      return Math.ceil(Math.max(bytesOf(bodies) / maxBodyBytes, sentBytes / maxSentBytes));
    },
  },
];

function bytesOf(bodies: readonly Uint8Array[]): number {
  return bodies.reduce((sum, { length }) => sum + length, 0);
}

const contenders = Object.keys(CONTENDERS);

interface CountBench extends Bench {
  readonly shape: FlushShape;
  readonly measure: Measure;
}

const COUNT_BENCHES: readonly CountBench[] = Object.entries(FLUSHES).flatMap(([flush, shape]) =>
  MEASURES.map((measure) => {
    const { question, unit } = measure;
    return { name: `${flush}: ${measure.name}`, question, unit, per: 'flush', contenders, shape, measure };
  }),
);

/** The bytes and requests of flushes. */
export const wire: Suite = {
  name: 'wire',
  benches: COUNT_BENCHES,
  isCounted: true,

  async prepare(bench: string, contender: string): Promise<() => Promise<number>> {
    const { shape, measure } = required(
      COUNT_BENCHES.find(({ name }) => name === bench),
      bench,
    );
    // One bench of each flush checks the rows.
    const figure = measure.count(await openWork(shape, contender, measure === MEASURES[0]));
    return async () => figure;
  },
};

interface TimeBench extends Bench {
  readonly shape: FlushShape;
  /** Undefined for encoding, with the sorting that comes before it. */
  readonly compression: string | undefined;
}

/** A random order costs all contenders more, and changes none of the answers. */
const TIMED_FLUSHES = Object.entries(FLUSHES).filter(([, { order }]) => order === 'requests');

const TIME_BENCHES: readonly TimeBench[] = TIMED_FLUSHES.flatMap(([flush, shape]) =>
  [undefined, ...Object.keys(COMPRESSIONS)].map((compression) => {
    const work = compression === undefined ? 'sort and encode' : `compress with ${compression}`;
    const question = `How long does it take to ${work} the rows of a flush of ${flush}?`;
    return { name: `${flush}: ${work}`, question, unit: 'ms', per: 'flush', contenders, shape, compression };
  }),
);

/** The time that the same flushes take. */
export const wireTime: Suite = {
  name: 'wire time',
  benches: TIME_BENCHES,

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const { shape, compression } = required(
      TIME_BENCHES.find(({ name }) => name === bench),
      bench,
    );
    const { encode, bodies } = await openWork(shape, contender, compression === undefined);
    const run = (): undefined => {
      if (compression === undefined) encode(() => {});
      else bodies.forEach(COMPRESSIONS[compression]);
    };
    return () => timeByDuration({ run, isAsync: false }, budget);
  },
};

/** Loads the encoders only here, because a revision that this checkout is compared with may lack parts of them. */
async function openWork(shape: FlushShape, contender: string, isChecked: boolean): Promise<WireWork> {
  const contenders = await import('./contenders.js');
  return contenders.openWork(shape, required(CONTENDERS[contender], contender), isChecked);
}
