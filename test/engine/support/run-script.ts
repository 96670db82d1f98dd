import { expect } from 'vitest';
import { type CellReport, Recorder } from './recorder.js';
import type { Step } from './scripts.js';
import type { TestEngine } from './variants.js';

/**
 * Runs a script on an engine and returns the reports of each flush. Checks that nothing was dropped and that the last flush freed
 * all memory.
 */
export function runScript(engine: TestEngine, steps: readonly Step[], isRaw = false): CellReport[][] {
  const recorder = new Recorder(engine, isRaw);
  const { usedBytes } = engine;
  const flushes: CellReport[][] = [];
  for (const step of steps) {
    if (step.step === 'record') {
      for (const sample of step.samples) recorder.record(sample);
      continue;
    }
    const between = step.between.map((samples) => () => {
      for (const sample of samples) recorder.record(sample);
    });
    flushes.push(recorder.flush(step.beforeSeconds, step.maxSamples, between));
    recorder.apply();
    for (const [contextId, holds] of step.holds) expect(engine.holdsContext(contextId)).toBe(holds);
  }
  expect(recorder.dropped).toBe(0);
  expect(engine.isEmpty).toBe(true);
  expect(engine.usedBytes).toBe(usedBytes);
  return flushes;
}
