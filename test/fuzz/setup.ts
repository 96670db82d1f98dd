// Replaces `fc.assert`, so that each property of each test runs with new inputs until its time is over, whatever seed and number
// of runs the test asks for. No property has to be written twice. run.mjs starts this.

import { appendFileSync } from 'node:fs';
import type { IAsyncProperty, IProperty, Parameters, RunDetails } from 'fast-check';
import { expect, vi } from 'vitest';

const { FUZZ_SEED, FUZZ_PATH, FUZZ_SECONDS, FUZZ_LOG } = process.env;

/** Runs between two checks of the time, unless a property has a number of its own. */
const BATCH_RUNS = 100;

vi.mock('fast-check', async (importOriginal) => {
  const fastCheck = await importOriginal<typeof import('fast-check')>();
  return { ...fastCheck, default: { ...fastCheck.default, assert: (...args: Args) => fuzz(fastCheck, ...args) } };
});

type Args = [property: IProperty<unknown> | IAsyncProperty<unknown>, parameters?: Parameters<unknown>];

function fuzz({ check, defaultReportMessage }: typeof import('fast-check'), ...[property, parameters = {}]: Args): unknown {
  const test = String(expect.getState().currentTestName);
  const endMilliseconds = performance.now() + Number(FUZZ_SECONDS) * 1000;
  let seed = Number(FUZZ_SEED);
  const begin = (): Parameters<unknown> => {
    note({ test, seed });
    return { ...parameters, numRuns: BATCH_RUNS, ...parameters, seed, path: FUZZ_PATH || undefined };
  };
  /** Notes a batch. Returns true if there is time for another one. */
  const end = (details: RunDetails<unknown>): boolean => {
    note({ test, seed, runs: details.numRuns, failedAt: details.failed ? details.counterexamplePath : undefined });
    if (details.failed) throw new Error(defaultReportMessage(details), { cause: details.errorInstance });
    seed = (seed + 1) | 0;
    return !FUZZ_PATH && performance.now() < endMilliseconds;
  };
  if (!property.isAsync()) {
    while (end(check(property as IProperty<unknown>, begin())));
    return undefined;
  }
  return (async () => {
    while (end(await check(property as IAsyncProperty<unknown>, begin())));
  })();
}

function note(line: object): void {
  if (FUZZ_LOG) appendFileSync(FUZZ_LOG, `${JSON.stringify(line)}\n`);
}
