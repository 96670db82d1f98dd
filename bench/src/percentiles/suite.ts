// How long does it take to get four percentiles from the samples of a finished histogram, depending on their number and
// distribution?

import { type Bench, type Budget, ENGINES, required, type Suite } from '../suite.js';
import { timeByDuration } from '../timing.js';
import { DISTRIBUTIONS, drawSamples } from './distributions.js';
import { checkPercentiles, HISTOGRAMS, type PercentileContender } from './selection.js';

const CONTENDER_NAMES = [...ENGINES, 'sort'];

interface PercentileBench extends Bench {
  readonly distribution: string;
  readonly count: number;
}

const QUESTION = 'How long do 4 percentiles of a finished histogram take, compared with sorting its samples as a Float64Array?';

const BENCHES: readonly PercentileBench[] = [
  ...Object.keys(DISTRIBUTIONS).map((distribution) => percentileBench(distribution, 1000)),
  percentileBench('uniform', 100),
  percentileBench('uniform', 10),
];

function percentileBench(distribution: string, count: number): PercentileBench {
  return {
    name: `${count} samples, ${distribution}`,
    question: QUESTION,
    unit: 'us',
    per: 'histogram',
    contenders: CONTENDER_NAMES,
    quickContenders: distribution === 'uniform' && count === 1000 ? CONTENDER_NAMES : undefined,
    distribution,
    count,
  };
}

const CONTENDERS: Record<string, (samples: Float64Array[]) => Promise<PercentileContender>> = {
  wasm: async (samples) => (await import('./engines.js')).createEngineContender('wasm', samples),
  js: async (samples) => (await import('./engines.js')).createEngineContender('js', samples),
  sort: async (samples) => (await import('./sort.js')).createSortContender(samples),
};

/** Percentiles, by number of samples and distribution. */
export const percentiles: Suite = {
  name: 'percentiles',
  benches: BENCHES,

  async prepare(bench: string, contender: string, budget: Budget): Promise<() => Promise<number>> {
    const { distribution, count } = required(
      BENCHES.find(({ name }) => name === bench),
      bench,
    );
    const samples = drawSamples(distribution, HISTOGRAMS, count);
    const { refill, select } = await required(CONTENDERS[contender], contender)(samples);
    refill();
    checkPercentiles(`${contender}, ${bench}`, samples, select());
    const run = (): undefined => {
      select();
    };
    return async () => ((await timeByDuration({ run, before: refill, isAsync: false }, budget)) * 1e3) / HISTOGRAMS;
  },
};
