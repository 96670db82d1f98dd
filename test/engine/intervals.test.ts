// Intervals: which interval a sample reaches, in what order cells are reported, and which intervals a flush takes.

import { describe, expect, test } from 'vitest';
import { COUNTER, DISTRIBUTION, GAUGE } from '../../src/model/kinds.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, Recorder, readSnapshot } from './support/recorder.js';
import { repetitions, variants } from './support/variants.js';

/** The start, context id and first value of each cell, in the order reported. */
function summary(reports: readonly CellReport[]): [startSeconds: number, contextId: number, value: number][] {
  return reports.map(({ startSeconds, code, values }) => [startSeconds, code >> 3, values[0]]);
}

describe.each(variants)('intervals of the $name engine', ({ make }) => {
  const gauge = (recorder: Recorder, startSeconds: number, id: number, value = 0) =>
    recorder.record({ startSeconds, code: codeOf(id, GAUGE), value });

  test('are taken if they start before the moment of the flush, but not if they start at that moment', () => {
    const recorder = new Recorder(make());
    for (const start of [-1e300, -10, 0, 0.5, 10, 1e300]) gauge(recorder, start, 1, start);
    const starts = (before: number) => recorder.flush(before).map(({ startSeconds }) => startSeconds);
    expect(starts(Number.NEGATIVE_INFINITY)).toEqual([]);
    expect(starts(Number.NaN)).toEqual([]);
    expect(starts(-10)).toEqual([-1e300]);
    expect(starts(0)).toEqual([-10]);
    expect(starts(10)).toEqual([0, 0.5]);
    expect(starts(1e300)).toEqual([10]);
    expect(starts(Number.POSITIVE_INFINITY)).toEqual([1e300]);
    expect(starts(Number.POSITIVE_INFINITY)).toEqual([]);
  });

  test('that were taken are opened again by late samples, whether before, while or after they are read', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    gauge(recorder, 10, 1, 1);
    gauge(recorder, 10, 2, 2);
    gauge(recorder, 20, 1, 3);
    recorder.apply();
    const first = engine.takeSnapshot(20);
    gauge(recorder, 10, 2, 4);
    recorder.apply();
    const slice = first.read(1);
    expect(slice).toMatchObject({ startSeconds: 10, length: 1 });
    expect(slice!.codes[0] >> 3).toBe(1);
    expect(slice!.values[0]).toBe(1);
    gauge(recorder, 10, 1, 5);
    recorder.apply();
    expect(summary(readSnapshot(first))).toEqual([[10, 2, 2]]);
    expect(first.read(1)).toBeUndefined();
    gauge(recorder, 10, 3, 6);
    expect(summary(recorder.flush(20))).toEqual([
      [10, 2, 4],
      [10, 1, 5],
      [10, 3, 6],
    ]);
    expect(summary(recorder.flush())).toEqual([[20, 1, 3]]);
  });

  test('can be taken by one snapshot while another is being read', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    for (const start of [0, 10, 20]) {
      for (let id = 0; id < 5; id++) gauge(recorder, start, id, start + id);
    }
    recorder.apply();
    const early = engine.takeSnapshot(10);
    const late = engine.takeSnapshot(20);
    const expected = (start: number) => Array.from({ length: 5 }, (_, id) => [start, id, start + id]);
    const lateReports = summary(readSnapshot(late, 2));
    gauge(recorder, 0, 4, 100);
    recorder.apply();
    expect(summary(readSnapshot(early, 3))).toEqual(expected(0));
    expect(lateReports).toEqual(expected(10));
    expect(summary(recorder.flush())).toEqual([[0, 4, 100], ...expected(20)]);
    expect(engine.isEmpty).toBe(true);
  });

  test('keep the cells of one context apart, however many are open and in whatever order they were opened', () => {
    const recorder = new Recorder(make());
    const random = new InputRandom(4);
    const starts = Array.from({ length: 300 }, (_, i) => i * 10).sort(() => random.next() - 0.5);
    for (let round = 1; round <= 3; round++) {
      for (const start of starts) recorder.record({ startSeconds: start, code: codeOf(1, COUNTER), value: start * round });
    }
    expect(summary(recorder.flush())).toEqual(Array.from({ length: 300 }, (_, i) => [i * 10, 1, i * 60]));
  });

  test('are read in time that grows with their number, not with its square', () => {
    const count = repetitions(200_000, 50_000);
    const recorder = new Recorder(make());
    for (let start = 0; start < count; start++) gauge(recorder, start, start % 1000, start);
    const reports = recorder.flush();
    expect(reports).toHaveLength(count);
    expect(reports.every(({ startSeconds, values }, i) => startSeconds === i && values[0] === i)).toBe(true);
  }, 15_000);

  describe('are recorded and read in time that grows with their number, when one context has tens of thousands', () => {
    const count = repetitions(40_000, 10_000);
    const ascending = Array.from({ length: count }, (_, i) => i * 10);
    // Every other start, then the starts between them.
    const interleaved = [...ascending.filter((_, i) => i % 2 === 0), ...ascending.filter((_, i) => i % 2 === 1)];
    test.each([
      ['ascending', ascending],
      ['descending', ascending.toReversed()],
      ['interleaved', interleaved],
    ])(
      '%s',
      (_order, starts) => {
        const recorder = new Recorder(make());
        for (const start of starts) recorder.recordNow({ startSeconds: start, code: codeOf(1, COUNTER), value: start });
        for (const start of ascending) recorder.recordNow({ startSeconds: start, code: codeOf(1, COUNTER), value: 1 });
        const reports = recorder.flush();
        expect(reports).toHaveLength(count);
        expect(reports.every(({ startSeconds, values }, i) => startSeconds === i * 10 && values[0] === i * 10 + 1)).toBe(true);
        expect(recorder.engine.holdsContext(1)).toBe(false);
      },
      15_000,
    );
  });

  test('keep the cells of one context apart in any order while several snapshots are read piece by piece', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    const random = new InputRandom(7);
    const open = new Map<number, number>();
    for (let round = 0; round < 60; round++) {
      const record = () => {
        const start = 10 * random.below(40);
        recorder.recordNow({ startSeconds: start, code: codeOf(3, COUNTER), value: 1 });
        open.set(start, (open.get(start) ?? 0) + 1);
      };
      const take = (before: number) => {
        const expected = [...open].filter(([start]) => start < before).sort(([a], [b]) => a - b);
        for (const [start] of expected) open.delete(start);
        return { snapshot: engine.takeSnapshot(before), expected, found: [] as [number, number][] };
      };
      for (let i = 0; i < 60; i++) record();
      const unread = [take(10 * random.below(41))];
      for (let i = 0; i < 20; i++) record();
      unread.push(take(10 * random.below(41)));
      while (unread.length > 0) {
        const part = random.pick(unread);
        const slice = part.snapshot.read(1);
        if (slice !== undefined) part.found.push([slice.startSeconds, slice.values[0]]);
        else {
          expect(part.found).toEqual(part.expected);
          unread.splice(unread.indexOf(part), 1);
        }
        if (random.below(3) === 0) record();
      }
    }
    recorder.flush();
    expect(engine.isEmpty).toBe(true);
    expect(engine.holdsContext(3)).toBe(false);
  });

  test('isEmpty is true until a sample is applied, and again when a snapshot takes it', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    expect(engine.isEmpty).toBe(true);
    gauge(recorder, 10, 999);
    expect(engine.isEmpty).toBe(true);
    recorder.apply();
    expect(engine.isEmpty).toBe(false);
    const snapshot = engine.takeSnapshot(20);
    expect(snapshot.isEmpty).toBe(false);
    expect(engine.isEmpty).toBe(true);
    readSnapshot(snapshot);
    expect(engine.takeSnapshot(20).isEmpty).toBe(true);
  });

  test('holdsContext is true from the first sample until the snapshot has been read to its end', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    expect(engine.holdsContext(0)).toBe(false);
    expect(engine.holdsContext(999)).toBe(false);
    gauge(recorder, 10, 999);
    expect(engine.holdsContext(999)).toBe(false);
    recorder.apply();
    expect(engine.holdsContext(999)).toBe(true);
    expect(engine.holdsContext(998)).toBe(false);
    const snapshot = engine.takeSnapshot(20);
    expect(engine.holdsContext(999)).toBe(true);
    readSnapshot(snapshot);
    expect(engine.holdsContext(999)).toBe(false);
  });

  test('samples are applied in the order recorded, however often the buffer fills up', () => {
    const recorder = new Recorder(make());
    const capacity = recorder.engine.samples.codes.length;
    const count = 3 * capacity + 1;
    for (let i = 0; i < count; i++) {
      gauge(recorder, 0, 1, i);
      recorder.record({ startSeconds: 0, code: codeOf(2, DISTRIBUTION), value: i });
    }
    const [last, all] = recorder.flush();
    expect([...last.values]).toEqual([count - 1]);
    expect(all.values).toHaveLength(count);
    expect(all.values.every((value, i) => value === i)).toBe(true);
    expect(recorder.dropped).toBe(0);
  });

  test('applying an empty buffer does nothing', () => {
    const { engine } = new Recorder(make());
    engine.samples.intervalStartSeconds = 10;
    expect(engine.applySamples()).toBe(0);
    expect(engine.isEmpty).toBe(true);
  });
});
