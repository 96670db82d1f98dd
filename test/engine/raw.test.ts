// Raw slices, which leave the selection of percentiles to whoever gets them: with it they are what plain slices are.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DISTRIBUTION, HISTOGRAM, TIMING } from '../../src/model/kinds.js';
import { expectSameBits, percentileOf } from './support/model.js';
import { fixedRuns } from './support/properties.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, kindOf, Recorder, readSnapshot } from './support/recorder.js';
import { runScript } from './support/run-script.js';
import { acts, toScript } from './support/scripts.js';
import { repetitions, type TestEngine, variants } from './support/variants.js';

/** A report with percentiles in the place of kept samples. */
function selected({ startSeconds, code, values }: CellReport, engine: TestEngine, percentileCount: number): CellReport {
  const kind = kindOf(code);
  if (kind !== HISTOGRAM && kind !== TIMING) return { startSeconds, code, values };
  const whole = new Float64Array(4 + percentileCount);
  whole.set(values.subarray(0, 4));
  const samples = values.subarray(4);
  const before = samples.slice();
  engine.selectPercentiles(samples, whole.subarray(4));
  expectSameBits(samples.slice(), before);
  return { startSeconds, code, values: whole };
}

describe.each(variants)('raw slices of the $name engine', ({ engineName, make }) => {
  test('are of the engine asked for', () => {
    expect(make().name).toBe(engineName);
  });

  test('give the same bits as plain ones once the percentiles are selected, by a small engine of any sort', () => {
    const percentiles = fc
      .array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 0, maxLength: 64 })
      .map((list) => list.sort((a, b) => a - b));
    fc.assert(
      fc.property(acts, percentiles, (list, sorted) => {
        const script = toScript(list);
        const plain = runScript(make({ percentiles: sorted }), script).flat();
        const raw = runScript(make({ percentiles: sorted }), script, true).flat();
        for (const variant of variants) {
          const selector = variant.make({ percentiles: sorted, contextCapacity: 1 });
          const found = raw.map((report) => selected(report, selector, sorted.length));
          const identity = ({ startSeconds, code }: CellReport) => [startSeconds, code];
          expect(found.map(identity)).toEqual(plain.map(identity));
          for (let i = 0; i < plain.length; i++) expectSameBits(found[i].values, plain[i].values);
        }
      }),
      fixedRuns(repetitions(25, 6)),
    );
  });

  test('hold the kept samples in the order recorded, at most 1000, after count, min, max and sum', () => {
    const recorder = new Recorder(make(), true);
    const record = (contextId: number, count: number) => {
      for (let i = 0; i < count; i++) recorder.record({ startSeconds: 0, code: codeOf(contextId, TIMING), value: count - i });
    };
    [1, 20, 1000, 5000].forEach((count, index) => {
      record(index, count);
    });
    const [one, twenty, thousand, more] = recorder.flush().map(({ values }) => values);
    expect([...one]).toEqual([1, 1, 1, 1, 1]);
    expect([...twenty]).toEqual([20, 1, 20, 210, ...Array.from({ length: 20 }, (_, i) => 20 - i)]);
    expect([...thousand]).toEqual([1000, 1, 1000, 500_500, ...Array.from({ length: 1000 }, (_, i) => 1000 - i)]);
    expect([...more.subarray(0, 4)]).toEqual([5000, 1, 5000, 12_502_500]);
    const kept = more.subarray(4);
    expect([kept.length, new Set(kept).size]).toEqual([1000, 1000]);
    expect(kept.every((value) => Number.isInteger(value) && value >= 1 && value <= 5000)).toBe(true);
  });

  test('hold at most one cell beyond the samples asked for, and end where no more samples fit', () => {
    const recorder = new Recorder(make(), true);
    for (let id = 0; id < 40; id++) {
      for (let i = 0; i < 1000; i++) recorder.record({ startSeconds: id >> 3, code: codeOf(id, HISTOGRAM), value: i });
    }
    for (let i = 0; i < 50_000; i++) recorder.record({ startSeconds: 4, code: codeOf(50, DISTRIBUTION), value: i });
    recorder.apply();
    const first = recorder.engine.takeSnapshot(4);
    const lengths: number[] = [];
    for (let slice = first.readRaw(2500); slice !== undefined; slice = first.readRaw(2500)) lengths.push(slice.length);
    expect(lengths).toEqual(new Array(4).fill([3, 3, 2]).flat());
    const reports = recorder.flush();
    expect(reports.map(({ values }) => values.length)).toEqual([...new Array(8).fill(1004), 50_000]);
    for (let id = 40; id < 80; id++) {
      for (let i = 0; i < 1000; i++) recorder.record({ startSeconds: 5, code: codeOf(id, HISTOGRAM), value: i });
    }
    expect(recorder.flush().map(({ code, values }) => [code >> 3, values.length])).toEqual(
      Array.from({ length: 40 }, (_, i) => [40 + i, 1004]),
    );
  });

  test('selection takes views of any memory, and does not touch what the engine holds', () => {
    const engine = make({ percentiles: [0, 0.5, 1] });
    const recorder = new Recorder(engine);
    recorder.recordNow({ startSeconds: 0, code: codeOf(1, HISTOGRAM), value: 7 });
    const random = new InputRandom(3);
    const shared = new Float64Array(new SharedArrayBuffer(8 * 1002)).subarray(1, 1001);
    for (let i = 0; i < shared.length; i++) shared[i] = random.normal();
    const into = new Float64Array(5).fill(-1);
    for (const length of [1, 3, 24, 25, 1000]) {
      const samples = shared.subarray(0, length);
      engine.selectPercentiles(samples, into.subarray(1));
      const sorted = samples.slice().sort();
      expect([...into]).toEqual([-1, sorted[0], percentileOf(sorted, 0.5), sorted[length - 1], -1]);
    }
    expect([...recorder.flush()[0].values]).toEqual([1, 7, 7, 7, 7, 7, 7]);
  });

  test('of an interval that is kept change the same reservoir slots as plain ones', () => {
    const percentiles = Array.from({ length: 64 }, (_, i) => i / 63);
    const run = (isRaw: boolean) => {
      const recorder = new Recorder(make({ percentiles }));
      const random = new InputRandom(9);
      return [20, 4, 30, 3000, 500].flatMap((count) => {
        for (let i = 0; i < count; i++) {
          recorder.record({ startSeconds: 0, code: codeOf(1, HISTOGRAM), value: random.normal() });
        }
        recorder.apply();
        const snapshot = recorder.engine.takeSnapshot(10, 0);
        if (!isRaw) return readSnapshot(snapshot);
        const reports = readSnapshot({ ...snapshot, read: snapshot.readRaw });
        return reports.map((report) => selected(report, recorder.engine, percentiles.length));
      });
    };
    const plain = run(false);
    const raw = run(true);
    expect([plain.length, raw.length]).toEqual([5, 5]);
    for (let i = 0; i < 5; i++) expectSameBits(raw[i].values, plain[i].values);
  });

  test('an engine for one context is small', () => {
    expect(make({ contextCapacity: 1 }).memoryBytes).toBeLessThan(512 * 1024);
  });
});
