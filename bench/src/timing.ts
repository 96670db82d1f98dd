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

/** Median milliseconds of a repetition, as many as fit into the budget's time; each should take a millisecond at least. */
export function timeByDuration(timed: Timed, { milliseconds, warmupMilliseconds }: Budget): Promise<number> {
  return median(timed, { time: milliseconds, warmupTime: warmupMilliseconds, iterations: 3, warmupIterations: 1 });
}

/** Median milliseconds of a repetition, of so many as the budget asks for. */
export function timeByRepetitions(timed: Timed, { repetitions, warmupRepetitions }: Budget): Promise<number> {
  return median(timed, { time: 0, warmupTime: 0, iterations: repetitions, warmupIterations: warmupRepetitions });
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
