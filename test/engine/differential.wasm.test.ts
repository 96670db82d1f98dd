// The WebAssembly engine, in both of its builds, against the engine in TypeScript: the same samples in the same order give
// the same bits. A counterexample is a short list of acts; scripts.ts tells what samples they stand for.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineSettings } from '../../src/engine/engine.js';
import { expectSameBits } from './support/model.js';
import { fixedRuns } from './support/properties.js';
import type { CellReport } from './support/recorder.js';
import { runScript } from './support/run-script.js';
import { acts, type Step, toScript } from './support/scripts.js';
import { variants } from './support/variants.js';

function expectSameReports(found: readonly CellReport[], expected: readonly CellReport[]): void {
  expect(found.map(identity)).toEqual(expected.map(identity));
  for (let i = 0; i < expected.length; i++) expectSameBits(found[i].values, expected[i].values);
}

function identity({ startSeconds, code, values }: CellReport): string {
  return `code ${code} at ${startSeconds}: ${values.length} values`;
}

function expectSameBitsFromAll(script: readonly Step[], settings: Partial<EngineSettings>): void {
  const [expected, ...others] = variants.map(({ make }) => runScript(make(settings), script));
  for (const found of others) {
    expect(found.length).toBe(expected.length);
    for (let i = 0; i < expected.length; i++) expectSameReports(found[i], expected[i]);
  }
}

test('there are two engines, and two builds of one', () => {
  expect(variants.map(({ name }) => name)).toEqual(['wasm release', 'js', 'wasm debug']);
  expect(variants.map(({ make }) => make().name)).toEqual(['wasm', 'js', 'wasm']);
});

describe('the same bits from all engines', () => {
  test('for any sequence of samples and flushes', () => {
    fc.assert(
      fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => expectSameBitsFromAll(toScript(list), { seed })),
      fixedRuns(120),
    );
  }, 60_000);

  test('for any percentiles', () => {
    const percentiles = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 0, maxLength: 64 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(acts, percentiles, (list, sorted) => expectSameBitsFromAll(toScript(list), { percentiles: sorted })),
      fixedRuns(40),
    );
  }, 60_000);
});
