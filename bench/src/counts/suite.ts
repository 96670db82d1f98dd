// How many bytes does a call allocate, and how often does it call into WebAssembly? These figures do not depend on what else the
// machine does. They tell why a time has changed, and show a small change that noise would hide.

import * as mix from '../mix/suite.js';
import * as recording from '../recording/suite.js';
import { type Bench, type Budget, required, type Suite } from '../suite.js';
import { countCalls } from './wasm-calls.js';

const ALLOCATED = ['wasm', 'js', 'naive Map', 'caller alone', 'datadog-metrics'];

/** Repetitions before anything is counted, so that V8 has optimised the code. */
const WARMUP_REPETITIONS = 20;
const REPETITIONS = 3;

/** The suite and the bench whose calls are counted. */
interface Counted {
  readonly suite: Pick<typeof mix, 'openWork'>;
  readonly counted: string;
}

const COUNTED = [
  ...mix.mix.benches.map((bench) => ({ suite: mix, bench })),
  // A million contexts take long to create, and calls of known contexts do not depend on their number.
  ...recording.recording.benches.filter(({ name }) => !name.includes('1,000,000')).map((bench) => ({ suite: recording, bench })),
];

const BYTES: readonly (Bench & Counted)[] = COUNTED.map(({ suite, bench }) => ({
  name: `${bench.name}: allocated`,
  question: 'How many bytes does a call allocate on the heap of V8?',
  unit: 'bytes',
  per: 'call',
  contenders: bench.contenders.filter((contender) => ALLOCATED.includes(contender)),
  suite,
  counted: bench.name,
}));

const CALLS: readonly (Bench & Counted)[] = COUNTED.map(({ suite, bench }) => ({
  name: `${bench.name}: WebAssembly`,
  question: 'How often do a thousand calls call into WebAssembly?',
  unit: 'calls',
  per: 'thousand calls',
  contenders: ['wasm'],
  suite,
  counted: bench.name,
}));

/** Bytes allocated and calls into WebAssembly. */
export const counts: Suite = {
  name: 'counts',
  benches: [...BYTES, ...CALLS],
  isCounted: true,
  // The young generation holds all that a repetition allocates, so that none of it is collected before it is counted.
  nodeFlags: ['--expose-gc', '--min-semi-space-size=128', '--max-semi-space-size=128'],

  async prepare(name: string, contender: string, _budget: Budget): Promise<() => Promise<number>> {
    const { suite, counted, unit } = required(
      [...BYTES, ...CALLS].find((bench) => bench.name === name),
      name,
    );
    const total = unit === 'calls' ? countCalls() : () => process.memoryUsage().heapUsed;
    const work = await suite.openWork(counted, contender);
    for (let i = 0; i < WARMUP_REPETITIONS; i++) {
      await work.reset?.();
      await work.run();
    }

    return async () => {
      let least = Number.POSITIVE_INFINITY;
      for (let i = 0; i < REPETITIONS; i++) {
        await work.reset?.();
        globalThis.gc!();
        const before = total();
        await work.run();
        // The least counts, because V8's compiler allocates too, now and then.
        least = Math.min(least, total() - before);
      }
      return (least / work.calls) * (unit === 'calls' ? 1000 : 1);
    };
  },
};
