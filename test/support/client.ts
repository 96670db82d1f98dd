import { expect, onTestFinished } from 'vitest';
import type { EngineName } from '../../src/engine/engine.js';
import { MemoryReporter, type StartOptions, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';

// The machine that runs the tests may report to Datadog itself.
for (const name of Object.keys(process.env)) {
  if (/^(DD|DATADOG|THREADSTATS)_/.test(name)) delete process.env[name];
}

/** A client that only `flush()` flushes, with its reporter, its errors and its clock. */
export interface Rig {
  stats: ThreadStats;
  reporter: MemoryReporter;
  /** The errors that `onError` was called with. */
  errors: Error[];
  /** The client's clock, in POSIX seconds; it stands still until it is set. */
  clock: { seconds: number };
}

/** POSIX seconds at which an interval starts, whichever divisor of 100 its length is. */
export const START = 1_000_000_000;

/** Makes a client on an engine without starting it. The caller stops it. */
export function openClient(engine: EngineName, options: ThreadStatsOptions = {}): Rig {
  const reporter = new MemoryReporter();
  const errors: Error[] = [];
  const clock = { seconds: START };
  const stats = new ThreadStats({
    engine,
    reporter,
    seed: 1,
    clock: () => clock.seconds * 1000,
    onError: (error) => errors.push(error),
    ...options,
    // Tests of the host by default make their clients themselves.
    host: options.host ?? '',
  });
  expect(stats.engineName).toBe(engine);
  return { stats, reporter, errors, clock };
}

/** Makes a client on an engine without starting it. It is stopped when the test ends. */
export function makeClient(engine: EngineName, options?: ThreadStatsOptions): Rig {
  const rig = openClient(engine, options);
  onTestFinished(async () => {
    await rig.stats.stop({ timeout: 0 });
  });
  return rig;
}

/** Makes a client on an engine and starts it. */
export function startClient(engine: EngineName, options?: ThreadStatsOptions, startOptions?: StartOptions): Rig {
  const rig = makeClient(engine, options);
  rig.stats.start({ flushMode: 'manual', ...startOptions });
  return rig;
}

/** The numbers of dropped samples and events by reason. */
export function dropsOf(stats: ThreadStats): Record<string, number> {
  return Object.fromEntries(Object.entries(stats.telemetry.dropped).filter(([, count]) => count > 0));
}

/** The numbers of rows that were sent, are pending, and were dropped by reason. */
export function rowsOf({ telemetry }: Pick<ThreadStats, 'telemetry'>): { sent: number; pending: number; dropped: object } {
  const { sent, pending, dropped } = telemetry.rows;
  return { sent, pending, dropped: Object.fromEntries(Object.entries(dropped).filter(([, rows]) => rows > 0)) };
}

/** The values of a reporter's metrics by name, in the order of the rows. */
export function valuesOf({ metrics }: MemoryReporter): Record<string, number[]> {
  const values: Record<string, number[]> = Object.create(null);
  for (const { metric, points } of metrics) {
    values[metric] ??= [];
    values[metric].push(...points.map(([, value]) => value));
  }
  return values;
}

/** The points of a reporter's metrics as texts, such as `10: 3`: the seconds from START to the interval, and the value. */
export function pointsOf({ metrics }: MemoryReporter): string[] {
  return metrics.map(({ points: [[seconds, value]] }) => `${seconds - START}: ${value}`);
}

/** A function that throws an error with this message. */
export function thrower(message: string): () => never {
  return () => {
    throw new Error(message);
  };
}

/** A promise and the function that resolves it. */
export function deferred<Value = void>(): { promise: Promise<Value>; resolve: (value: Value) => void } {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
