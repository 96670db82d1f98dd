import { Bench, type FnReturnedObject } from 'tinybench';
import type { Budget } from './suite.js';

/** Work to be timed. */
export interface Timed {
  /** What is timed, unless it gives a duration of its own. */
  run(): undefined | FnReturnedObject | Promise<undefined | FnReturnedObject>;
  /** What has to happen before each repetition, untimed. */
  before?(): void | Promise<void>;
  readonly isAsync: boolean;
}

/**
 * Median milliseconds of a repetition, as many as fit into the budget's time together with what happens before them. Each
 * should take so long that reading the clock is nothing beside it.
 */
export function timeByDuration(timed: Timed, { milliseconds, warmupMilliseconds }: Budget): Promise<number> {
  const limits = { time: milliseconds, warmupTime: warmupMilliseconds, iterations: 3, warmupIterations: 1 };
  return timed.before === undefined || timed.isAsync ? median(timed, limits) : median(withPreparationInBudget(timed), limits);
}

/** Median milliseconds of a repetition, of so many as the budget asks for. */
export function timeByRepetitions(timed: Timed, { repetitions, warmupRepetitions }: Budget): Promise<number> {
  return median(timed, { time: 0, warmupTime: 0, iterations: repetitions, warmupIterations: warmupRepetitions });
}

/** The same, but the budget pays for `before` too: it may take a hundred times as long as the work. */
function withPreparationInBudget({ run, before }: Timed): Timed {
  let began = 0;
  return {
    isAsync: false,
    before() {
      began = performance.now();
      return before?.();
    },
    run() {
      const begin = performance.now();
      const given = run() as undefined | FnReturnedObject;
      const end = performance.now();
      return { overriddenDuration: given?.overriddenDuration ?? end - begin, overriddenIterationCost: end - began };
    },
  };
}

async function median(
  { run, before, isAsync }: Timed,
  limits: { time: number; warmupTime: number; iterations: number; warmupIterations: number },
): Promise<number> {
  const bench = new Bench({ ...limits, throws: true, timestampProvider: 'hrtimeNow' });
  bench.add('work', run, { async: isAsync, beforeEach: before });
  const [task] = await bench.run();
  if (task.result.state !== 'completed') throw new Error(`tinybench ended in the state ${task.result.state}`);
  return task.result.latency.p50;
}
