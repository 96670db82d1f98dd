import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { EngineName } from '../../src/engine/engine.js';
import { type StartOptions, ThreadStats, type ThreadStatsOptions } from '../../src/index.js';
import '../support/client.js';

type WorkerThreads = typeof import('node:worker_threads');

/** A client that flushes in a worker, and the errors that `onError` was called with. */
export interface WorkerRig {
  stats: ThreadStats;
  errors: (Error & { code?: string })[];
}

/** Starts a client that reports to an intake and that only `flush()` flushes. It is stopped when the test ends. */
export function startWorkerClient(
  engine: EngineName,
  url: string,
  options: ThreadStatsOptions = {},
  startOptions: StartOptions = {},
): WorkerRig {
  const errors: WorkerRig['errors'] = [];
  const onError = (error: Error): void => void errors.push(error);
  const stats = new ThreadStats({ engine, url, apiKey: 'a-key', host: '', seed: 1, onError, ...options });
  stats.start({ flushMode: 'worker', flushInterval: 3600, ...startOptions });
  onTestFinished(async () => {
    await stats.stop({ flush: false, timeout: 0 });
  });
  return { stats, errors };
}

/** Replaces the constructor of workers until the test ends. `make` gets the real constructor and the source of the worker. */
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

/** Returns an array to which every worker is added that starts during the test. */
export function watchWorkers(): Worker[] {
  const workers: Worker[] = [];
  replaceWorkers((real, source) => {
    const worker = real(source);
    workers.push(worker);
    return worker;
  });
  return workers;
}

/** The numbers of rows that were sent, are pending, and were dropped. */
export function rowsOf(stats: ThreadStats): { sent: number; pending: number; dropped: number } {
  const { sent, pending, dropped } = stats.telemetry.rows;
  return { sent, pending, dropped: Object.values(dropped).reduce((sum, rows) => sum + rows, 0) };
}
