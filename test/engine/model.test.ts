// Compares each engine with a naive model, because engines that agree with each other may both be wrong.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expectReports, Model } from './support/model.js';
import { fixedRuns } from './support/properties.js';
import { runScript } from './support/run-script.js';
import { acts, type Step, toScript } from './support/scripts.js';
import { repetitions, variants } from './support/variants.js';

const percentiles = [0, 0.29, 0.5, 0.75, 0.999, 1];

function runModel(steps: readonly Step[]): ReturnType<Model['flush']>[] {
  const model = new Model();
  const flushes: ReturnType<Model['flush']>[] = [];
  for (const step of steps) {
    if (step.step === 'record') {
      for (const sample of step.samples) model.record(sample);
      continue;
    }
    flushes.push(model.flush(step.beforeSeconds));
    for (const sample of step.between.flat()) model.record(sample);
  }
  return flushes;
}

describe.each(variants)('the $name engine', ({ make }) => {
  test('reports the same as a naive model', () => {
    fc.assert(
      fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => {
        const script = toScript(list);
        const expected = runModel(script);
        const found = runScript(make({ percentiles, seed }), script);
        expect(found.length).toBe(expected.length);
        for (let i = 0; i < expected.length; i++) expectReports(found[i], expected[i], percentiles);
      }),
      fixedRuns(repetitions(40, 8)),
    );
  });
});
