// The targets of this project. Most are ratios to a peer that is measured in the same run, because absolute figures change from
// machine to machine. A missed target fails no test; the table only shows it.

import { mix } from './mix/suite.js';
import type { BenchResult } from './run.js';
import { ratioOf, type Spread, spreadOf } from './statistics.js';
import { ENGINES } from './suite.js';

/** A target, which has a line in the table for each of its engines. */
export interface Target {
  readonly work: string;
  readonly suite: string;
  /** The bench that measures it. If there are several, the one with the worst ratio counts. */
  readonly bench: string | readonly string[];
  /** The engines that it applies to. Default: both. */
  readonly engines?: readonly string[];
  /** The contender whose figure is divided by the engine's. Absent when the target is a limit for the engine's own figure. */
  readonly against?: string;
  /** The bench whose figure of the same engine is divided, instead of another contender's figure. */
  readonly againstBench?: string;
  /** The target ratio, at least. */
  readonly atLeast?: number;
  /** The target figure, at most, in the bench's unit. */
  readonly atMost?: number;
  /** A figure beyond the target to aim for, in the bench's unit. */
  readonly aimBelow?: number;
}

const DEGENERATE = ['negative', 'geometric', 'one outlier of 1e300', 'all equal', 'two values', 'sorted', 'reversed'];

/** The mixes besides the one that is called `mix`. */
const OTHER_MIXES = mix.benches.map(({ name }) => name).filter((name) => name !== 'mix');

export const TARGETS: readonly Target[] = [
  {
    work: 'a mix as applications record',
    suite: 'mix',
    bench: 'mix',
    against: 'datadog-metrics',
    atLeast: 6,
  },
  {
    work: 'a mix as applications record',
    suite: 'mix',
    bench: 'mix',
    against: 'naive Map',
    atLeast: 1.7,
    aimBelow: 130,
  },
  {
    work: 'any other mix',
    suite: 'mix',
    bench: OTHER_MIXES,
    against: 'naive Map',
    atLeast: 1,
  },
  {
    work: '`increment(name)`',
    suite: 'recording',
    bench: 'increment(name)',
    against: 'datadog-metrics',
    atLeast: 5,
  },
  {
    work: '`increment(name, 1, tags)`, the same array',
    suite: 'recording',
    bench: 'increment(name, 1, tags), the same array',
    against: 'datadog-metrics',
    atLeast: 10,
  },
  {
    work: '`increment(name, 1, tags)`, a fresh array with a freshly built string',
    suite: 'recording',
    bench: 'increment(name, 1, tags), a fresh array',
    against: 'datadog-metrics',
    atLeast: 4,
  },
  {
    work: '`gauge(name, value, tags)`',
    suite: 'recording',
    bench: 'gauge(name, value, tags)',
    against: 'datadog-metrics',
    atLeast: 10,
  },
  {
    work: '`histogram(name, value, tags)`',
    suite: 'recording',
    bench: 'histogram(name, value, tags)',
    against: 'datadog-metrics',
    atLeast: 10,
  },
  {
    work: 'bound counter',
    suite: 'recording',
    bench: 'bound counter',
    against: 'prom-client',
    atLeast: 20,
    aimBelow: 5,
  },
  {
    work: 'bound histogram',
    suite: 'recording',
    bench: 'bound histogram',
    against: 'sketches-js',
    atLeast: 2,
    aimBelow: 6,
  },
  {
    work: 'flush of 1000 histograms of 1000 samples',
    suite: 'flush',
    bench: '1000 histograms of 1000 samples',
    engines: ['wasm'],
    against: 'datadog-metrics',
    atLeast: 50,
  },
  {
    work: 'flush of 1000 histograms of 1000 samples',
    suite: 'flush',
    bench: '1000 histograms of 1000 samples',
    engines: ['js'],
    against: 'datadog-metrics',
    atLeast: 40,
  },
  {
    work: '4 percentiles of 1000 doubles',
    suite: 'percentiles',
    bench: '1000 samples, uniform',
    against: 'sort',
    atLeast: 8,
  },
  {
    work: '100,000 counters, to the last byte of JSON at a local server',
    suite: 'flush',
    bench: '100,000 counters, sent',
    against: 'datadog-metrics',
    atLeast: 6,
  },
  {
    work: '10,000 histograms of 100 samples, to the last byte of JSON at a local server',
    suite: 'flush',
    bench: '10,000 histograms of 100 samples, sent',
    against: 'datadog-metrics',
    atLeast: 8,
  },
  ...ENGINES.map((engine) => ({
    work: 'flush of 100,000 counters and 5000 histograms, sliced against unsliced',
    suite: 'flush',
    bench: '100,000 counters and 5000 histograms, sent',
    engines: [engine],
    against: `${engine} unsliced`,
    atLeast: 0.9,
  })),
  {
    work: 'memory for a live context',
    suite: 'memory',
    bench: 'live context',
    against: 'datadog-metrics',
    atLeast: 2,
  },
  {
    work: '`increment` at random among 1,000,000 contexts',
    suite: 'recording',
    bench: 'increment, 1,000,000 contexts of 2000 tags',
    against: 'datadog-metrics',
    atLeast: 3,
  },
  {
    work: '`increment` at random among 1,000,000 contexts: 100 names, 10,000 values of a tag',
    suite: 'recording',
    bench: 'increment, 1,000,000 contexts of 100 names',
    against: 'datadog-metrics',
    atLeast: 4,
  },
  {
    work: '`increment` at random among 1,000,000 names with the same tags',
    suite: 'recording',
    bench: 'increment, 1,000,000 names',
    against: 'datadog-metrics',
    atLeast: 2,
  },
  {
    work: 'longest stall while 100,000 counters and 5000 histograms are sent',
    suite: 'flush',
    bench: 'longest stall',
    atMost: 15,
  },
  {
    work: 'longest stall while a worker sends 100,000 counters and 5000 histograms',
    suite: 'flush',
    bench: 'longest stall, in worker mode',
    atMost: 8,
    aimBelow: 2,
  },
  {
    work: 'longest stall while 60,000 values of a distribution are sent',
    suite: 'flush',
    bench: 'longest stall, 60,000 values of a distribution',
    atMost: 5,
  },
  {
    work: "time of the application's thread while a worker sends 100,000 counters and 5000 histograms",
    suite: 'flush',
    bench: 'time of the application thread, in worker mode',
    atMost: 5,
  },
  {
    work: 'percentile selection, WebAssembly against TypeScript',
    suite: 'percentiles',
    bench: '1000 samples, uniform',
    engines: ['wasm'],
    against: 'js',
    atLeast: 2,
  },
  {
    work: 'percentiles of 1000 doubles, the slowest distribution against uniform',
    suite: 'percentiles',
    bench: DEGENERATE.map((distribution) => `1000 samples, ${distribution}`),
    againstBench: '1000 samples, uniform',
    atLeast: 0.5,
  },
  {
    work: 'set hashing, WebAssembly against TypeScript',
    suite: 'sets',
    bench: '36 characters, hashed',
    engines: ['wasm'],
    against: 'js',
    atLeast: 2,
  },
  {
    work: 'the first flush of a process, at most twice what `node:http` alone costs',
    suite: 'start',
    bench: ['first flush, time', 'first flush, memory'],
    against: 'node:http',
    atLeast: 0.5,
  },
  {
    work: 'the first invocation of a Lambda, at most twice what `node:http` alone costs',
    suite: 'start',
    bench: 'first invocation of a Lambda',
    engines: ['wasm'],
    against: 'node:http',
    atLeast: 0.5,
  },
];

/** The outcome of a target for one engine. */
export interface Verdict {
  readonly target: Target;
  readonly engine: string;
  readonly bench: string;
  readonly unit: string;
  readonly figure: Spread;
  /** Undefined when the target is a limit for the figure itself. */
  readonly ratio: Spread | undefined;
  readonly isMet: boolean;
  /** Undefined when the target has no aim. */
  readonly isAimReached: boolean | undefined;
}

/** Compares the results with the targets. Targets whose bench did not run are left out. */
export function judge(results: readonly BenchResult[]): Verdict[] {
  return TARGETS.flatMap((target) => {
    const benches = [target.bench].flat();
    const measured = results.filter(({ suite, name }) => suite === target.suite && benches.includes(name));
    return (target.engines ?? ENGINES).flatMap((engine) => {
      const verdicts = measured.flatMap((result) => verdictOn(target, engine, result, results) ?? []);
      return verdicts.sort((a, b) => (a.ratio?.median ?? 0) - (b.ratio?.median ?? 0)).slice(0, 1);
    });
  });
}

function verdictOn(
  target: Target,
  engine: string,
  { name: bench, unit, figures }: BenchResult,
  results: readonly BenchResult[],
): Verdict | undefined {
  const own = figures[engine];
  const others = othersOf(target, engine, figures, results);
  const isLimit = target.atMost !== undefined;
  if (own === undefined || (others === undefined && !isLimit)) return undefined;
  const figure = spreadOf(own);
  const ratio = others && ratioOf(others, own);
  return {
    target,
    engine,
    bench,
    unit,
    figure,
    ratio,
    isMet: ratio === undefined ? figure.median <= (target.atMost ?? 0) : ratio.median >= (target.atLeast ?? 0),
    isAimReached: target.aimBelow === undefined ? undefined : figure.median < target.aimBelow,
  };
}

/** Returns the figures that the engine's figures are compared with. */
function othersOf(
  { suite, against, againstBench }: Target,
  engine: string,
  figures: BenchResult['figures'],
  results: readonly BenchResult[],
): number[] | undefined {
  if (against !== undefined) return figures[against];
  return results.find((result) => result.suite === suite && result.name === againstBench)?.figures[engine];
}
