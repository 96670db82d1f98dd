// At the memory ceiling samples are dropped and counted one by one. Nothing that was recorded is lost or wrong, nothing throws,
// and a flush makes room again.

import { describe, expect, test } from 'vitest';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, type Kind, SET, TIMING } from '../../src/model/kinds.js';
import { expectReports, Model } from './support/model.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, kindOf, Recorder, type Sample } from './support/recorder.js';
import { repetitions, soakRuns, variants } from './support/variants.js';

const PAGE_BYTES = 65536;
const percentiles = [0.5, 0.9];

/** Returns ceilings that are reached in many different places. WebAssembly takes memory in pages. */
function ceilings(engineName: 'wasm' | 'js', count: number): number[] {
  return Array.from({ length: count }, (_, i) => (engineName === 'wasm' ? (7 + i) * PAGE_BYTES : 4000 + i * i * 1777));
}

function randomSample(random: InputRandom): Sample {
  // A few contexts get most samples, so that buffers of all sizes are allocated.
  const id = random.below(2) === 0 ? random.below(6) : random.below(600);
  const kind = (id % 6) as Kind;
  const startSeconds = 10 * random.below(3);
  return { startSeconds, code: codeOf(id, kind), value: random.below(1_000_000) };
}

/** Returns the number of samples in the reports, provided that counters counted ones and no member came twice. */
function samplesIn(reports: readonly CellReport[]): number {
  let samples = 0;
  for (const { code, values } of reports) {
    const kind = kindOf(code);
    samples += kind === DISTRIBUTION ? values.length : values[0];
  }
  return samples;
}

describe.each(variants)('the $name engine at its memory ceiling', ({ engineName, make }) => {
  test.each([0, 1000, 2 ** 16])('throws a RangeError when made with %d bytes for 100,000 contexts', (memoryBytes) => {
    expect(() => make({ memoryBytes, contextCapacity: 100_000 })).toThrow(RangeError);
    expect(() => make({ memoryBytes, contextCapacity: 100_000 })).toThrow(/maxMemoryBytes/);
  });

  test('drops every sample and stays empty when there is room for contexts but not for a cell', () => {
    const contextCapacity = 16_000;
    let memoryBytes = 2 ** 20;
    for (;;) {
      try {
        make({ memoryBytes: memoryBytes - 4000, contextCapacity });
        memoryBytes -= 4000;
      } catch {
        break;
      }
    }
    if (engineName === 'js') memoryBytes = contextCapacity * 4;
    const recorder = new Recorder(make({ memoryBytes, contextCapacity }));
    for (let kind: number = COUNTER; kind <= DISTRIBUTION; kind++) {
      for (let i = 0; i < 10; i++) recorder.record({ startSeconds: i, code: codeOf(kind, kind as Kind), value: i });
    }
    recorder.apply();
    expect(recorder.dropped).toBe(60);
    expect(recorder.engine.isEmpty).toBe(true);
    expect(recorder.engine.holdsContext(1)).toBe(false);
    expect(recorder.flush()).toEqual([]);
  });

  test('applies or drops each sample, and reports exactly those applied', () => {
    for (const memoryBytes of ceilings(engineName, soakRuns(8, 40))) {
      const recorder = new Recorder(make({ memoryBytes, percentiles }));
      const model = new Model();
      const random = new InputRandom(memoryBytes);
      const { usedBytes } = recorder.engine;
      for (let round = 0; round < 2; round++) {
        for (let i = 0; i < repetitions(8000, 2000); i++) {
          const sample = randomSample(random);
          if (recorder.recordNow(sample)) model.record(sample);
        }
        expect(recorder.engine.memoryBytes).toBeLessThanOrEqual(memoryBytes);
        expectReports(recorder.flush(10), model.flush(10), percentiles);
        for (let i = 0; i < 500; i++) {
          const sample = randomSample(random);
          if (recorder.recordNow(sample)) model.record(sample);
        }
        expectReports(recorder.flush(Number.POSITIVE_INFINITY, 100), model.flush(), percentiles);
        expect(recorder.engine.usedBytes).toBe(usedBytes);
      }
    }
  });

  test.each([COUNTER, SET, HISTOGRAM, TIMING, DISTRIBUTION])(
    'reports every sample of kind %d that it did not count as dropped',
    (kind) => {
      for (const memoryBytes of ceilings(engineName, soakRuns(repetitions(4, 2), 12))) {
        const recorder = new Recorder(make({ memoryBytes, percentiles }));
        const appliedByRound: number[] = [];
        for (let round = 0; round < 3; round++) {
          const { offered, dropped } = recorder;
          for (let i = 0; i < repetitions(30_000, 15_000); i++) {
            const code = codeOf(i % 3 === 0 ? 0 : i % 1000, kind as Kind);
            recorder.record({ startSeconds: (i >> 8) % 2, code, value: kind === COUNTER ? 1 : i });
          }
          const reports = recorder.flush();
          const applied = recorder.offered - offered - (recorder.dropped - dropped);
          expect(samplesIn(reports)).toBe(applied);
          appliedByRound.push(applied);
        }
        // A flush frees everything, so each round has as much room as the first.
        expect(appliedByRound).toEqual([appliedByRound[0], appliedByRound[0], appliedByRound[0]]);
      }
    },
  );

  test('keeps what was recorded before, and goes on with it as far as that needs no memory', () => {
    const memoryBytes = engineName === 'wasm' ? 14 * PAGE_BYTES : 100_000;
    const recorder = new Recorder(make({ memoryBytes, percentiles }));
    const model = new Model();
    for (let id = 0; id < 12; id++) {
      for (let i = 0; i < 10; i++) {
        const sample = { startSeconds: 0, code: codeOf(id, (id % 6) as Kind), value: id * 100 + i };
        expect(recorder.recordNow(sample)).toBe(true);
        model.record(sample);
      }
    }
    // Record new contexts and values until nothing fits any more.
    for (let i = 0; i < 60_000; i++) recorder.record({ startSeconds: 0, code: codeOf(20 + (i % 900), DISTRIBUTION), value: i });
    recorder.apply();
    expect(recorder.dropped).toBeGreaterThan(20_000);
    for (let id = 0; id < 12; id++) {
      for (let i = 0; i < 30; i++) {
        const kind = (id % 6) as Kind;
        // Known members need no memory, and histograms and distributions fill their buffers to the end.
        const value = kind === SET ? id * 100 + (i % 10) : i;
        const isApplied = recorder.recordNow({ startSeconds: 0, code: codeOf(id, kind), value });
        if (kind === COUNTER || kind === GAUGE || kind === SET || i < 6) expect(isApplied).toBe(true);
        if (isApplied) model.record({ startSeconds: 0, code: codeOf(id, kind), value });
      }
    }
    const known = recorder.flush().filter(({ code }) => code < codeOf(12, COUNTER));
    expectReports(known, model.flush(), percentiles);
  });

  test('loses no member of a set that cannot grow', () => {
    let exhaustions = 0;
    for (let step = 1; step <= 14; step++) {
      const memoryBytes = engineName === 'wasm' ? (9 + step) * PAGE_BYTES : step * 7777;
      for (let other = 0; other < 16; other += repetitions(soakRuns(3, 1), 8)) {
        const recorder = new Recorder(make({ memoryBytes }));
        const { usedBytes } = recorder.engine;
        // These sets take leaves of the size that a split makes, so that memory runs out after any number of the sixteen leaves
        // of a split.
        for (let id = 1; id <= other; id++) {
          for (let i = 0; i < 40; i++) recorder.record({ startSeconds: 0, code: codeOf(id, SET), value: i });
        }
        recorder.apply();
        const add = (value: number) => recorder.recordNow({ startSeconds: 0, code: codeOf(0, SET), value });
        const counted: number[] = [];
        let dropped = 0;
        for (let i = 0; dropped < 100 && i < 6000; i++) {
          if (add(i)) counted.push(i);
          else dropped++;
        }
        if (dropped > 0) exhaustions++;
        expect(counted.filter((member) => !add(member))).toEqual([]);
        const report = recorder.flush().find(({ code }) => code === codeOf(0, SET));
        expect(report?.values[0] ?? 0).toBe(counted.length);
        expect(recorder.engine.usedBytes).toBe(usedBytes);
      }
    }
    expect(exhaustions).toBeGreaterThan(repetitions(soakRuns(7, 20), 5));
  });

  test('lets a set grow again once there is memory again', () => {
    const memoryBytes = engineName === 'wasm' ? 12 * PAGE_BYTES : 80_000;
    const recorder = new Recorder(make({ memoryBytes }));
    const add = (value: number) => recorder.recordNow({ startSeconds: 100, code: codeOf(0, SET), value });
    for (let i = 0; i < 300; i++) add(i);
    expect(recorder.dropped).toBe(0);
    for (let i = 0; i < 40_000; i++) recorder.record({ startSeconds: 0, code: codeOf(1, DISTRIBUTION), value: i });
    recorder.apply();
    let counted = 300;
    for (let i = 300; i < 600; i++) if (add(i)) counted++;
    expect(counted).toBeLessThan(600);
    recorder.flush(100);
    const { dropped } = recorder;
    for (let i = 0; i < 1200; i++) add(i);
    expect(recorder.dropped).toBe(dropped);
    expect([...recorder.flush()[0].values]).toEqual([1200]);
  });

  test('counts intervals as memory, so samples with ever new timestamps are dropped', () => {
    const memoryBytes = engineName === 'wasm' ? 10 * PAGE_BYTES : 40_000;
    const recorder = new Recorder(make({ memoryBytes }));
    const intervals = 20_000;
    for (let i = 0; i < intervals; i++) recorder.record({ startSeconds: i, code: codeOf(1, HISTOGRAM), value: i });
    recorder.apply();
    expect(recorder.dropped).toBeGreaterThan(intervals / 2);
    expect(recorder.engine.memoryBytes).toBeLessThanOrEqual(memoryBytes);
    const reports = recorder.flush();
    expect(reports).toHaveLength(intervals - recorder.dropped);
    expect(recorder.engine.isEmpty).toBe(true);
  });
});
