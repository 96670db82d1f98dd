import { Bench, type FnReturnedObject } from 'tinybench';
import type { Budget } from './suite.js';

/** Work to be timed. */
export interface Timed {
  /** The timed work. If it returns an `overriddenDuration` in milliseconds, that is used instead of the measured duration. */
  run(): undefined | FnReturnedObject | Promise<undefined | FnReturnedObject>;
  /** Preparation before each repetition, untimed. */
  before?(): void | Promise<void>;
  readonly isAsync: boolean;
}

/**
 * Returns the median milliseconds of a repetition. Repeats as often as the budget's time allows, at least 3 times; the time
 * includes the preparation. A repetition must be long enough for the cost of reading the clock to be negligible.
 */
export function timeByDuration(timed: Timed, { milliseconds, warmupMilliseconds, isProcessorTime }: Budget): Promise<number> {
  const limits = { time: milliseconds, warmupTime: warmupMilliseconds, iterations: 3, warmupIterations: 1 };
  if (timed.isAsync) return median(timed, limits);
  const clocked = isProcessorTime ? byProcessorTime(timed) : timed;
  return timed.before === undefined ? median(clocked, limits) : median(withPreparationInBudget(clocked), limits);
}

/**
 * Returns the median milliseconds of a repetition. Repeats as often as the budget says. Work that waits for something other than
 * the processor must return an `overriddenDuration`.
 */
export function timeByRepetitions(timed: Timed, { repetitions, warmupRepetitions, isProcessorTime }: Budget): Promise<number> {
  const limits = { time: 0, warmupTime: 0, iterations: repetitions, warmupIterations: warmupRepetitions };
  return median(isProcessorTime ? byProcessorTime(timed) : timed, limits);
}

/** Measures the processor time of the process, with its garbage collection on other threads, instead of the time that passes. */
function byProcessorTime(timed: Timed): Timed {
  const timeSince = (begin: NodeJS.CpuUsage, result: undefined | FnReturnedObject): FnReturnedObject => {
    const { user, system } = process.cpuUsage(begin);
    return { ...result, overriddenDuration: result?.overriddenDuration ?? (user + system) / 1000 };
  };
  return {
    ...timed,
    run() {
      const begin = process.cpuUsage();
      const result = timed.run();
      return result instanceof Promise ? result.then((end) => timeSince(begin, end)) : timeSince(begin, result);
    },
  };
}

/** Charges `before` to the budget too, because it may take a hundred times as long as the timed work. */
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
      const result = run() as undefined | FnReturnedObject;
      const end = performance.now();
      return { overriddenDuration: result?.overriddenDuration ?? end - begin, overriddenIterationCost: end - began };
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
