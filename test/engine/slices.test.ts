// Slices of a snapshot: each bounds the work of one call, and has cells of one interval.

import { describe, expect, test } from 'vitest';
import type { Slice, Snapshot } from '../../src/engine/engine.js';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, type Kind, SET, TIMING } from '../../src/model/kinds.js';
import { codeOf, Recorder, readSnapshot } from './support/recorder.js';
import { type Variant, variants } from './support/variants.js';

/** Most values of a slice. */
const SLICE_VALUES = 16_384;

function fill(make: Variant['make'], contexts: number, kindAt: (id: number) => Kind, samples: number): Recorder {
  const recorder = new Recorder(make({ contextCapacity: contexts }));
  for (let i = 0; i < samples; i++) {
    for (let id = 0; id < contexts; id++) {
      recorder.record({ startSeconds: 0, code: codeOf(id, kindAt(id)), value: id * 1000 + i });
    }
  }
  recorder.apply();
  return recorder;
}

/** Calls `each` for every slice of a snapshot, and returns the results. */
function mapSlices<Result>(snapshot: Snapshot, maxSamples: number, each: (slice: Slice) => Result): Result[] {
  const results: Result[] = [];
  for (let slice = snapshot.read(maxSamples); slice !== undefined; slice = snapshot.read(maxSamples)) results.push(each(slice));
  return results;
}

const everything = Number.POSITIVE_INFINITY;

describe.each(variants)('slices of the $name engine', ({ make }) => {
  test.each([COUNTER, GAUGE, SET])('have at most as many cells of kind %d as samples are asked for', (kind) => {
    const { engine } = fill(make, 100, () => kind as Kind, 2);
    const lengths = mapSlices(engine.takeSnapshot(everything), 7, ({ length }) => length);
    expect(lengths).toEqual([...new Array(14).fill(7), 2]);
  });

  test.each([HISTOGRAM, TIMING])('end with the cell of kind %d that reaches the samples asked for', (kind) => {
    const { engine } = fill(make, 30, () => kind as Kind, 100);
    const lengths = mapSlices(engine.takeSnapshot(everything), 250, ({ length }) => length);
    expect(lengths).toEqual(new Array(10).fill(3));
  });

  test('count the kept samples of a histogram, not all samples', () => {
    const { engine } = fill(make, 4, () => HISTOGRAM, 5000);
    expect(mapSlices(engine.takeSnapshot(everything), 2000, ({ length }) => length)).toEqual([2, 2]);
  });

  test('have cells of one interval only', () => {
    const recorder = new Recorder(make());
    for (let i = 0; i < 20; i++) recorder.record({ startSeconds: i % 5, code: codeOf(i, GAUGE), value: i });
    recorder.apply();
    const slices = mapSlices(recorder.engine.takeSnapshot(everything), 1000, ({ startSeconds, length, codes }) => [
      startSeconds,
      [...codes.subarray(0, length)].map((code) => code >> 3),
    ]);
    expect(slices).toEqual([0, 1, 2, 3, 4].map((start) => [start, [start, start + 5, start + 10, start + 15]]));
  });

  test('have ascending ends, and continue only with a distribution', () => {
    const { engine } = fill(make, 600, (id) => (id % 6) as Kind, 60);
    let distributions = 0;
    mapSlices(engine.takeSnapshot(everything), 1_000_000, ({ length, ends, codes, continues, values }) => {
      let begin = 0;
      for (let i = 0; i < length; i++) {
        if (ends[i] <= begin) throw new Error(`a cell without values: ${i}`);
        begin = ends[i];
      }
      expect(begin).toBeLessThanOrEqual(values.length);
      if (continues) {
        distributions++;
        expect(codes[length - 1] & 7).toBe(DISTRIBUTION);
      }
    });
    expect(engine.isEmpty).toBe(true);
    expect(distributions).toBeLessThan(10);
  });

  test('together have all cells in order when there are more than one slice can hold', () => {
    const { engine } = fill(make, 10_000, () => GAUGE, 1);
    const reports = readSnapshot(engine.takeSnapshot(everything));
    expect(reports.map(({ code }) => code >> 3)).toEqual(Array.from({ length: 10_000 }, (_, id) => id));
    expect(reports.every(({ values }, id) => values.length === 1 && values[0] === id * 1000)).toBe(true);
  });

  test('together have all histograms when their values are more than one slice can hold', () => {
    const percentiles = Array.from({ length: 64 }, (_, i) => i / 63);
    const recorder = new Recorder(make({ percentiles }));
    for (let i = 0; i < 2000; i++) recorder.record({ startSeconds: 0, code: codeOf(i % 1000, HISTOGRAM), value: i });
    const reports = recorder.flush();
    expect(reports.map(({ code }) => code >> 3)).toEqual(Array.from({ length: 1000 }, (_, id) => id));
    for (let id = 0; id < 1000; id++) {
      const [count, min, max, sum, ...rest] = reports[id].values;
      // The rank round(p * 2 - 1), with halves to even, is 0 up to 0.75 and then 1.
      const expected = percentiles.map((p) => (p <= 0.75 ? id : id + 1000));
      expect({ count, min, max, sum }).toEqual({ count: 2, min: id, max: id + 1000, sum: 2 * id + 1000 });
      expect(rest).toEqual(expected);
    }
  });

  test.each([1, 100, 20_000, 2 ** 31 - 1])(
    'continue a distribution that does not fit, with %d samples at a time',
    (maxSamples) => {
      const recorder = new Recorder(make());
      const counts = [5, 16_380, 70_000, 1, 16_384, 100, 40_000];
      counts.forEach((count, id) => {
        recorder.record({ startSeconds: 0, code: codeOf(100 + id, COUNTER), value: id });
        for (let i = 0; i < count; i++) recorder.record({ startSeconds: 0, code: codeOf(id, DISTRIBUTION), value: id * 1e6 + i });
      });
      const reports = recorder.flush(everything, maxSamples);
      expect(reports.map(({ code, values }) => [code >> 3, values.length])).toEqual(
        counts.flatMap((count, id) => [
          [100 + id, 1],
          [id, count],
        ]),
      );
      for (const { code, values } of reports) {
        if ((code & 7) !== DISTRIBUTION) continue;
        const first = (code >> 3) * 1e6;
        expect(values.every((value, i) => value === first + i)).toBe(true);
      }
    },
  );

  test.each([1, 1000, 5000, 14_000])('end amid a long distribution soon after %d samples', (maxSamples) => {
    const { engine } = fill(make, 2, () => DISTRIBUTION, 40_000);
    const valueCounts = mapSlices(engine.takeSnapshot(everything), maxSamples, ({ ends, length }) => ends[length - 1]);
    expect(valueCounts.reduce((sum, count) => sum + count)).toBe(80_000);
    expect(Math.max(...valueCounts)).toBeLessThan(maxSamples + 2000);
    expect(Math.min(...valueCounts.slice(0, -1))).toBeGreaterThanOrEqual(maxSamples);
  });

  test.each([1, 100, 5000])('do not divide a distribution of a thousand values, with %d samples at a time', (maxSamples) => {
    const { engine } = fill(make, 40, () => DISTRIBUTION, 1000);
    const continues = mapSlices(engine.takeSnapshot(everything), maxSamples, (slice) => slice.continues);
    expect(continues).not.toContain(true);
  });

  test.each(Array.from({ length: 20 }, (_, room) => room))(
    'leave a distribution to the next slice when %d values are free and its first block does not fit',
    (room) => {
      const percentiles = [0.25, 0.5, 0.75, 1];
      const recorder = new Recorder(make({ percentiles }));
      // A histogram has eight values.
      const histograms = Math.floor((SLICE_VALUES - room) / 8);
      const counters = SLICE_VALUES - room - histograms * 8;
      for (let id = 0; id < histograms; id++) recorder.record({ startSeconds: 0, code: codeOf(id, HISTOGRAM), value: id });
      for (let id = 0; id < counters; id++) recorder.record({ startSeconds: 0, code: codeOf(3000 + id, COUNTER), value: id });
      for (let i = 0; i < 100; i++) recorder.record({ startSeconds: 0, code: codeOf(4000, DISTRIBUTION), value: i });
      recorder.apply();
      const slices = mapSlices(recorder.engine.takeSnapshot(everything), 100_000, ({ codes, ends, length }) => ({
        ends: [...ends.subarray(0, length)],
        lastCode: codes[length - 1],
      }));
      for (const { ends } of slices) expect(ends.every((end, i) => end > (ends[i - 1] ?? 0))).toBe(true);
      expect(slices.at(-1)!.lastCode).toBe(codeOf(4000, DISTRIBUTION));
      expect(slices.reduce((sum, { ends }) => sum + ends.at(-1)!, 0)).toBe(SLICE_VALUES - room + 100);
    },
  );

  test('do not come from an empty snapshot', () => {
    const snapshot = make().takeSnapshot(everything);
    expect(snapshot.isEmpty).toBe(true);
    expect(snapshot.read(1)).toBeUndefined();
    expect(snapshot.readRaw(1)).toBeUndefined();
  });

  test('are right when memory grows between them', () => {
    const recorder = fill(make, 1000, (id) => (id % 6) as Kind, 20);
    const grow = () => {
      for (let i = 0; i < 200_000; i++) recorder.record({ startSeconds: 10, code: codeOf(5, DISTRIBUTION), value: i });
    };
    const { memoryBytes } = recorder.engine;
    const reports = recorder.flush(10, 2000, [grow, grow]);
    expect(recorder.engine.memoryBytes).toBeGreaterThan(memoryBytes);
    expect(reports.map(({ code }) => code >> 3)).toEqual(Array.from({ length: 1000 }, (_, id) => id));
    for (const { code, values } of reports) {
      const id = code >> 3;
      const sum = 20 * id * 1000 + 190;
      expect(values[0]).toBe([sum, id * 1000 + 19, 20, 20, 20, id * 1000][code & 7]);
    }
    const [later] = recorder.flush();
    expect(later.values).toHaveLength(400_000);
  });
});
