// Raw slices have the kept samples of histograms instead of percentiles. Whoever gets them selects the percentiles, and then has
// what a plain slice has.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FIRST_PERCENTILE, HISTOGRAM_MAX, HISTOGRAM_MIN } from '../../src/engine/engine.js';
import { selectPercentiles } from '../../src/engine/js/percentiles.js';
import { DISTRIBUTION, HISTOGRAM, TIMING } from '../../src/model/kinds.js';
import { expectSameBits } from './support/model.js';
import { fixedRuns, percentileLists } from './support/properties.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, kindOf, Recorder, readSnapshot } from './support/recorder.js';
import { runScript } from './support/run-script.js';
import { acts, toScript } from './support/scripts.js';
import { repetitions, variants } from './support/variants.js';

/** Replaces the kept samples of a report by their percentiles, as whoever gets raw slices does. */
function selected({ startSeconds, code, values }: CellReport, percentiles: readonly number[]): CellReport {
  const kind = kindOf(code);
  if (kind !== HISTOGRAM && kind !== TIMING) return { startSeconds, code, values };
  const whole = new Float64Array(FIRST_PERCENTILE + percentiles.length);
  whole.set(values.subarray(0, FIRST_PERCENTILE));
  const samples = values.subarray(FIRST_PERCENTILE);
  const before = samples.slice();
  const [least, greatest] = [values[HISTOGRAM_MIN], values[HISTOGRAM_MAX]];
  selectPercentiles(samples, samples.length, least, greatest, percentiles, whole, FIRST_PERCENTILE);
  expectSameBits(samples.slice(), before);
  return { startSeconds, code, values: whole };
}

describe.each(variants)('raw slices of the $name engine', ({ make }) => {
  test('have the same bits as plain slices once the percentiles are selected', () => {
    fc.assert(
      fc.property(acts, percentileLists(0), (list, sorted) => {
        const script = toScript(list);
        const plain = runScript(make({ percentiles: sorted }), script).flat();
        const raw = runScript(make({ percentiles: sorted }), script, true).flat();
        const found = raw.map((report) => selected(report, sorted));
        const identity = ({ startSeconds, code }: CellReport) => [startSeconds, code];
        expect(found.map(identity)).toEqual(plain.map(identity));
        for (let i = 0; i < plain.length; i++) expectSameBits(found[i].values, plain[i].values);
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
    expect(kept.length).toBe(1000);
    expect(new Set(kept).size).toBe(1000);
    expect(kept.every((value) => Number.isInteger(value) && value >= 1 && value <= 5000)).toBe(true);
  });

  test('end with the cell that reaches the samples asked for, or where no more samples fit', () => {
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

  test('leave the kept samples of a kept interval as plain slices leave them', () => {
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
        return reports.map((report) => selected(report, percentiles));
      });
    };
    const plain = run(false);
    const raw = run(true);
    expect(plain).toHaveLength(5);
    expect(raw).toHaveLength(5);
    for (let i = 0; i < 5; i++) expectSameBits(raw[i].values, plain[i].values);
  });
});
