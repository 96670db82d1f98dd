// The fixed regions of the WebAssembly engine's memory lie side by side without a gap, so a write beyond one of them changes the
// next. These tests check the memory below and above the regions, and the column that nothing writes after the start.

import { describe, expect, test } from 'vitest';
import { HISTOGRAM, type Kind } from '../../src/model/kinds.js';
import { InputRandom } from './support/random.js';
import { codeOf, Recorder } from './support/recorder.js';
import { randomMember } from './support/values.js';
import { variants } from './support/variants.js';

const PERCENTILE_CAPACITY = 64;
const RANK_BYTES = 4;
const SELECTION_BYTES = 65_536;
const RANDOM_BYTES = 4 * 256;
/** `memoryBase` of asconfig.json, where the compiler's data begin. */
const MEMORY_BASE = 393_216;

const percentiles = Array.from({ length: PERCENTILE_CAPACITY }, (_, i) => i / 63);

function expectGuardsIntact(recorder: Recorder): void {
  const { samples } = recorder.engine;
  const slice = recorder.engine.takeSnapshot(Number.POSITIVE_INFINITY).read(1);
  if (slice === undefined) throw new Error('there must be a cell, because a slice shows where its columns lie');
  const { buffer } = samples.codes;
  const below = new Uint8Array(buffer, 0, samples.codes.byteOffset);
  expect(below).toHaveLength(1024);
  expect(below.every((byte) => byte === 0)).toBe(true);
  const percentilesOffset = slice.values.byteOffset + slice.values.byteLength;
  expect([...new Float64Array(buffer, percentilesOffset, PERCENTILE_CAPACITY)]).toEqual(percentiles);
  const end = percentilesOffset + PERCENTILE_CAPACITY * (8 + RANK_BYTES) + SELECTION_BYTES + RANDOM_BYTES;
  const behind = new Uint8Array(buffer, end, MEMORY_BASE - end);
  expect(behind.length).toBeGreaterThan(1000);
  expect(behind.every((byte) => byte === 0)).toBe(true);
}

describe.each(variants.filter(({ engineName }) => engineName === 'wasm'))('the fixed regions of the $name engine', ({ make }) => {
  test('follow each other without a gap', () => {
    const { engine } = new Recorder(make());
    expect(engine.name).toBe('wasm');
    const { codes, values, words, members } = engine.samples;
    expect(values.byteOffset).toBe(codes.byteOffset + codes.byteLength);
    expect(words.byteOffset).toBe(values.byteOffset);
    expect(words.byteLength).toBe(values.byteLength);
    expect(members.byteOffset).toBe(values.byteOffset + values.byteLength);
  });

  test('stay within their bounds when they are full', () => {
    const recorder = new Recorder(make({ percentiles }));
    const random = new InputRandom(1);
    for (let i = 0; i < 60_000; i++) {
      const id = random.below(1000);
      const kind = (id % 6) as Kind;
      recorder.record({
        startSeconds: i >> 13,
        code: codeOf(id, kind),
        value: kind === 2 ? randomMember(random) : random.normal(),
      });
    }
    recorder.flush(4);
    recorder.apply();
    expectGuardsIntact(recorder);
  });

  test.each<[name: string, valueAt: (random: InputRandom, i: number) => number]>([
    ['spread over all exponents', (_random, i) => (i % 2 === 0 ? 1 : -1) * 2 ** (i - 500)],
    ['in clusters within clusters', (random) => 1 + 2 ** -random.below(52) * (1 + random.below(2) * 2 ** -30)],
    ['that differ in their last bits', (random) => 1 + random.below(2 ** 20) * Number.EPSILON],
    ['that reach every level', (_random, i) => 2 ** -(i % 64) + 2 ** -(i % 7) * 1e-9],
  ])('hold the selection of 64 percentiles of 1000 samples %s', (_name, valueAt) => {
    const recorder = new Recorder(make({ percentiles }));
    const random = new InputRandom(2);
    for (let id = 0; id < 20; id++) {
      for (let i = 0; i < 1000; i++) recorder.record({ startSeconds: 0, code: codeOf(id, HISTOGRAM), value: valueAt(random, i) });
    }
    recorder.apply();
    // One snapshot takes all cells. The check below needs one cell more, to see where the columns lie.
    const snapshot = recorder.engine.takeSnapshot(1);
    while (snapshot.read(1) !== undefined);
    recorder.recordNow({ startSeconds: 0, code: codeOf(0, HISTOGRAM), value: 1 });
    expectGuardsIntact(recorder);
  });
});
