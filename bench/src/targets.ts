// What this project means to reach: ratios against a peer that is measured beside it, because absolute figures change from
// machine to machine. A target is no test; the table only says whether it is met.

import type { BenchResult } from './rounds.js';
import { ratioOf, type Spread, spreadOf } from './statistics.js';
import { ENGINES } from './suite.js';

/** A line of the table of targets. */
export interface Target {
  readonly work: string;
  readonly suite: string;
  /** The bench that shows it; of several the one that comes off worst. */
  readonly bench: string | readonly string[];
  /** The engines that it is asked of. Default: both. */
  readonly engines?: readonly string[];
  /** The contender whose figure is divided by the engine's; none when the figure itself must stay below a limit. */
  readonly against?: string;
  /** The bench where the engine's own figure is taken in place of another contender's. */
  readonly againstBench?: string;
  /** The ratio that is wanted at least, or the figure at most. */
  readonly atLeast?: number;
  readonly atMost?: number;
  /** A figure that would be better still, in the bench's unit. */
  readonly aimBelow?: number;
}

const DEGENERATE = ['negative', 'geometric', 'one outlier of 1e300', 'all equal', 'two values', 'sorted', 'reversed'];

export const TARGETS: readonly Target[] = [
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
    atLeast: 4,
  },
  {
    work: '10,000 histograms of 100 samples, likewise',
    suite: 'flush',
    bench: '10,000 histograms of 100 samples, sent',
    against: 'datadog-metrics',
    atLeast: 6,
  },
  ...ENGINES.map((engine) => ({
    work: 'the same flushes in slices, against one stretch',
    suite: 'flush',
    bench: '100,000 counters and 5000 histograms, sent',
    engines: [engine],
    against: `${engine} unsliced`,
    atLeast: 0.9,
  })),
  {
    work: 'memory held per live context',
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
    work: 'longest stall while 100,000 counters and 5000 histograms are sent',
    suite: 'flush',
    bench: 'longest stall',
    atMost: 15,
  },
  {
    work: 'the same in worker mode',
    suite: 'flush',
    bench: 'longest stall, in worker mode',
    atMost: 8,
    aimBelow: 2,
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
];

/** A target on one engine. */
export interface Verdict {
  readonly target: Target;
  readonly engine: string;
  readonly bench: string;
  readonly unit: string;
  readonly figure: Spread;
  /** Undefined when the target is a limit. */
  readonly ratio: Spread | undefined;
  readonly isMet: boolean;
  /** Undefined when nothing is aimed at. */
  readonly isAimReached: boolean | undefined;
}

/** Holds the results against the targets; targets whose bench did not run are left out. */
export function judge(results: readonly BenchResult[]): Verdict[] {
  return TARGETS.flatMap((target) => {
    const benches = [target.bench].flat();
    const shown = results.filter(({ suite, name }) => suite === target.suite && benches.includes(name));
    return (target.engines ?? ENGINES).flatMap((engine) => {
      const verdicts = shown.flatMap((result) => verdictOn(target, engine, result, results) ?? []);
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

/** The figures that the engine's are compared with. */
function othersOf(
  { suite, against, againstBench }: Target,
  engine: string,
  figures: BenchResult['figures'],
  results: readonly BenchResult[],
): number[] | undefined {
  if (against !== undefined) return figures[against];
  return results.find((result) => result.suite === suite && result.name === againstBench)?.figures[engine];
}
