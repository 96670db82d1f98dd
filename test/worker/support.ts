import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { EngineName } from '../../src/engine/engine.js';
import { type StartOptions, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';
import '../support/client.js';

type WorkerThreads = typeof import('node:worker_threads');

/** A client that flushes in a worker, and what `onError` was called with. */
export interface WorkerRig {
  stats: ThreadStats;
  errors: (Error & { code?: string })[];
}

/** Starts a client that reports to an intake, and that only `flush` flushes; it is stopped when the test ends. */
export function startWorkerClient(
  engine: EngineName,
  url: string,
  options: ThreadStatsOptions = {},
  startOptions: StartOptions = {},
): WorkerRig {
  const errors: WorkerRig['errors'] = [];
  const stats = new ThreadStats({ engine, url, apiKey: 'a-key', seed: 1, onError: (error) => errors.push(error), ...options });
  stats.start({ flushMode: 'worker', flushInterval: 86_400, ...startOptions });
  onTestFinished(async () => {
    await stats.stop({ flush: false, timeout: 0 });
  });
  return { stats, errors };
}

/** Has all workers that start during the test made by the function, which gets what makes a real one. */
export function replaceWorkers(make: (real: (source: string) => Worker, source: string) => Worker): void {
  const getBuiltinModule = process.getBuiltinModule;
  process.getBuiltinModule = ((name: string) => {
    const module = getBuiltinModule(name);
    if (name !== 'node:worker_threads') return module;
    const threads = module as WorkerThreads;
    function Replaced(source: string, options: ConstructorParameters<typeof Worker>[1]): Worker {
      return make((text) => new threads.Worker(text, options), source);
    }
    return { ...threads, Worker: Replaced };
  }) as typeof process.getBuiltinModule;
  onTestFinished(() => {
    process.getBuiltinModule = getBuiltinModule;
  });
}

/** The workers that start during the test, the last one last. */
export function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  replaceWorkers((real, source) => {
    const worker = real(source);
    workers.push(worker);
    return worker;
  });
  return workers;
}

/** Rows by what became of them: sent, pending and dropped for whatever reason. */
export function rowsOf(stats: ThreadStats): { sent: number; pending: number; dropped: number } {
  const { sent, pending, dropped } = stats.telemetry.rows;
  return { sent, pending, dropped: Object.values(dropped).reduce((sum, rows) => sum + rows, 0) };
}
