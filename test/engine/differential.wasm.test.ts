// Compares the WebAssembly engine, in both of its builds, with the engine in TypeScript: the same samples in the same order must
// yield the same bits. A counterexample is a short list of acts; scripts.ts says what samples they stand for.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineSettings } from '../../src/engine/engine.js';
import { type Kind, SET } from '../../src/model/kinds.js';
import { expectSameBits } from './support/model.js';
import { fixedRuns, percentileLists } from './support/properties.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, Recorder, readSnapshot } from './support/recorder.js';
import { runScript } from './support/run-script.js';
import { acts, type Step, toScript } from './support/scripts.js';
import { soakRuns, type TestEngine, variants } from './support/variants.js';

function expectSameReports(found: readonly CellReport[], expected: readonly CellReport[]): void {
  expect(found.map(identity)).toEqual(expected.map(identity));
  for (let i = 0; i < expected.length; i++) expectSameBits(found[i].values, expected[i].values);
}

function identity({ startSeconds, code, values }: CellReport): string {
  return `code ${code} at ${startSeconds}: ${values.length} values`;
}

function expectSameBitsFromAll(script: readonly Step[], settings: Partial<EngineSettings>, isRaw = false): void {
  const [expected, ...others] = variants.map(({ make }) => runScript(make(settings), script, isRaw));
  for (const found of others) {
    expect(found.length).toBe(expected.length);
    for (let i = 0; i < expected.length; i++) expectSameReports(found[i], expected[i]);
  }
}

/** Runs four rounds over 12,000 contexts of all kinds in three intervals each. Every other flush keeps two intervals. */
function reportsOfMany(engine: TestEngine): CellReport[] {
  const random = new InputRandom(3);
  const recorder = new Recorder(engine);
  const reports: CellReport[] = [];
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < 45_000; i++) {
      const contextId = random.below(12_000);
      const kind = (contextId % 6) as Kind;
      const interval = random.below(40) === 0 ? random.below(3) : Math.floor(i / 15_000);
      const value = kind === SET ? String(random.below(5)) : random.normal();
      recorder.record({ startSeconds: 30 * round + 10 * interval, code: codeOf(contextId, kind), value });
    }
    recorder.apply();
    const all = Number.POSITIVE_INFINITY;
    reports.push(...readSnapshot(engine.takeSnapshot(all, round % 2 === 0 ? 30 * round + 10 : all), 777));
  }
  expect(recorder.dropped).toBe(0);
  expect(engine.isEmpty).toBe(true);
  return reports;
}

test('the variants are both engines and both builds of the WebAssembly engine', () => {
  expect(variants.map(({ name }) => name)).toEqual(['wasm release', 'js', 'wasm debug']);
  expect(variants.map(({ make }) => make().name)).toEqual(['wasm', 'js', 'wasm']);
});

describe('all engines report the same bits', () => {
  test('for any sequence of samples and flushes', () => {
    fc.assert(
      fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => expectSameBitsFromAll(toScript(list), { seed })),
      fixedRuns(soakRuns(50, 1000)),
    );
  });

  test('for the kept samples, slot by slot', () => {
    fc.assert(
      fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => expectSameBitsFromAll(toScript(list), { seed }, true)),
      fixedRuns(soakRuns(25, 500)),
    );
  });

  test('for more cells than fit into processor caches, with kept intervals and freed cells', () => {
    const reports = variants.map(({ make }) => reportsOfMany(make({ contextCapacity: 12_000 })));
    for (const found of reports) expectSameReports(found, reports[0]);
  });

  test('for any percentiles', () => {
    fc.assert(
      fc.property(acts, percentileLists(0), (list, sorted) => expectSameBitsFromAll(toScript(list), { percentiles: sorted })),
      fixedRuns(soakRuns(20, 400)),
    );
  });
});
