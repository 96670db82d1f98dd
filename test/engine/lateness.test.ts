// Intervals that are kept after they were reported: late samples change their cells, and a changed cell is reported again with
// its whole value.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, KIND_NAMES, type Kind, SET, TIMING } from '../../src/model/kinds.js';
import { expectReports, expectSameBits, type ModelCell } from './support/model.js';
import { fixedRuns } from './support/properties.js';
import { InputRandom } from './support/random.js';
import { type CellReport, codeOf, kindOf, Recorder, readSnapshot, type Sample } from './support/recorder.js';
import { randomMember, VALUE_STYLE_NAMES, VALUE_STYLES } from './support/values.js';
import { repetitions, soakRuns, variants } from './support/variants.js';

const everything = Number.POSITIVE_INFINITY;
const percentiles = [0, 0.5, 0.75, 0.99, 1];
const CONTEXTS = 18;
const INTERVAL_SECONDS = 10;

interface Act {
  readonly seed: number;
  readonly samples: number;
  /** Number of intervals, counted from the oldest, that samples go to. */
  readonly spread: number;
  /** Index of the interval that the flush takes for the current one. */
  readonly now: number;
  readonly latenessSeconds: number;
  readonly maxSamples: number;
}

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    seed: fc.nat(2 ** 30),
    samples: fc.oneof(fc.nat(5), fc.nat(60), fc.constant(2500)),
    spread: fc.integer({ min: 1, max: 12 }),
    now: fc.nat(12),
    latenessSeconds: fc.constantFrom(0, 5, 10, 25, 40, 1000),
    maxSamples: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5000 }), fc.constant(2 ** 31 - 1)),
  }),
  { minLength: 1, maxLength: 30, size: 'max' },
);

function samplesOf({ seed, samples, spread }: Act, salt = 0): Sample[] {
  const random = new InputRandom(seed + salt);
  const style = VALUE_STYLES[random.pick(VALUE_STYLE_NAMES)];
  // Many samples are a burst on one cell, which fills reservoirs and blocks. Fewer are scattered.
  const burst = samples > 1000 ? random.below(CONTEXTS) : undefined;
  let startSeconds = INTERVAL_SECONDS * random.below(spread);
  return Array.from({ length: samples }, (_, i) => {
    if (burst === undefined && random.below(3) === 0) startSeconds = INTERVAL_SECONDS * random.below(spread);
    const id = burst ?? random.below(CONTEXTS);
    const kind = (id % 6) as Kind;
    return { startSeconds, code: codeOf(id, kind), value: kind === SET ? randomMember(random) : style(random, i) };
  });
}

/** Up to which start a flush reports intervals, and from which start on it keeps them. */
function flushOf({ now, latenessSeconds }: Act): [beforeSeconds: number, keepFromSeconds: number] {
  const beforeSeconds = now * INTERVAL_SECONDS;
  return [beforeSeconds, Math.ceil((beforeSeconds - latenessSeconds) / INTERVAL_SECONDS) * INTERVAL_SECONDS];
}

interface LateCell extends ModelCell {
  /** A running number that says when the cell changed after it was reported, or 0 if it did not. */
  change: number;
  isReported: boolean;
}

/** A naive model: every sample, by interval and context, and what was reported. */
class LateModel {
  readonly #intervals = new Map<number, Map<number, LateCell>>();
  #changes = 0;

  record({ startSeconds, code, value }: Sample): void {
    const cells = this.#intervals.get(startSeconds) ?? new Map<number, LateCell>();
    this.#intervals.set(startSeconds, cells);
    const found = cells.get(code);
    const cell = found ?? { startSeconds, code, values: [], members: new Set(), change: 0, isReported: false };
    cells.set(code, cell);
    if (kindOf(code) === SET) cell.members.add(typeof value === 'number' ? `number ${value + 0}` : `text ${value}`);
    else cell.values.push((value as number) + 0);
    if (cell.isReported && cell.change === 0) cell.change = ++this.#changes;
  }

  flush(beforeSeconds: number, keepFromSeconds: number): ModelCell[] {
    const reports: ModelCell[] = [];
    const starts = [...this.#intervals.keys()].filter((start) => start < beforeSeconds).sort((a, b) => a - b);
    for (const start of starts) {
      const cells = this.#intervals.get(start)!;
      const due = [...cells.values()].filter(({ isReported, change }) => !isReported || change > 0);
      if (start < keepFromSeconds) {
        this.#intervals.delete(start);
      } else {
        due.sort((a, b) => b.change - a.change);
        for (const cell of due) {
          if (kindOf(cell.code) === DISTRIBUTION) cells.delete(cell.code);
          cell.isReported = true;
          cell.change = 0;
        }
      }
      // Copies, because the arrays in the model go on growing.
      reports.push(...due.map((cell) => ({ ...cell, values: [...cell.values], members: new Set(cell.members) })));
    }
    return reports;
  }

  holds(contextId: number): boolean {
    return [...this.#intervals.values()].some((cells) => [...cells.keys()].some((code) => code >> 3 === contextId));
  }
}

const identity = ({ startSeconds, code, values }: CellReport) => `code ${code} at ${startSeconds}: ${values.length} values`;

function expectSame(found: readonly CellReport[], expected: readonly CellReport[]): void {
  expect(found.map(identity)).toEqual(expected.map(identity));
  for (let i = 0; i < expected.length; i++) expectSameBits(found[i].values, expected[i].values);
}

test('all engines report the same bits, and the same as a naive model, whatever is kept', () => {
  fc.assert(
    fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => {
      const recorders = variants.map(({ make }) => new Recorder(make({ percentiles, seed })));
      const usedBytes = recorders.map(({ engine }) => engine.usedBytes);
      const model = new LateModel();
      for (const act of [...list, { ...list[0], samples: 0, now: everything, latenessSeconds: 0 }]) {
        const samples = samplesOf(act);
        for (const sample of samples) model.record(sample);
        const [before, keepFrom] = flushOf(act);
        const expected = model.flush(before, keepFrom);
        const all = recorders.map((recorder) => {
          for (const sample of samples) recorder.record(sample);
          recorder.apply();
          return readSnapshot(recorder.engine.takeSnapshot(before, keepFrom), act.maxSamples);
        });
        expectReports(all[0], expected, percentiles);
        for (const found of all) expectSame(found, all[0]);
        for (const { engine } of recorders) {
          for (let id = 0; id < CONTEXTS; id++) expect(engine.holdsContext(id)).toBe(model.holds(id));
        }
      }
      expect(recorders.map(({ engine }) => engine.usedBytes)).toEqual(usedBytes);
      for (const { engine, dropped } of recorders)
        expect({ isEmpty: engine.isEmpty, dropped }).toEqual({ isEmpty: true, dropped: 0 });
    }),
    fixedRuns(soakRuns(repetitions(25, 4), repetitions(300, 30))),
  );
});

test('all engines report the same bits when intervals change while they are read', () => {
  fc.assert(
    fc.property(acts, fc.nat(2 ** 32 - 1), (list, seed) => {
      const run = (make: (typeof variants)[number]['make']) => {
        const recorder = new Recorder(make({ percentiles, seed }));
        return [...list, { ...list[0], samples: 0, now: everything, latenessSeconds: 0 }].map((act) => {
          for (const sample of samplesOf(act)) recorder.record(sample);
          recorder.apply();
          const [before, keepFrom] = flushOf(act);
          const between = [1, 2, 3, 4].map((salt) => () => {
            for (const sample of samplesOf(act, salt).slice(0, 50)) recorder.record(sample);
            recorder.apply();
          });
          return readSnapshot(recorder.engine.takeSnapshot(before, keepFrom), Math.max(act.maxSamples, 20), between);
        });
      };
      const [expected, ...others] = variants.map(({ make }) => run(make));
      for (const found of others) expectSame(found.flat(), expected.flat());
    }),
    fixedRuns(soakRuns(repetitions(25, 4), repetitions(300, 30))),
  );
});

describe.each(variants)('intervals that the $name engine keeps', ({ engineName, make }) => {
  test('end up reported with their whole values, and distributions once, when samples come between flushes and slices', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 30),
        fc.constantFrom(30, 100, 1000),
        fc.integer({ min: 1, max: 40 }),
        (seed, lateness, maxSamples) => {
          const random = new InputRandom(seed);
          const recorder = new Recorder(make());
          const { usedBytes } = recorder.engine;
          const totals = new Map<string, number>();
          const last = new Map<string, number>();
          let now = 0;
          let kept = Number.NEGATIVE_INFINITY;
          const record = (count: number) => {
            for (let i = 0; i < count; i++) {
              const oldest = Math.max(kept, now - 10 * (lateness / 10 + 2));
              const startSeconds = oldest + 10 * random.below((now - oldest) / 10 + 2);
              const id = random.below(CONTEXTS);
              const code = codeOf(id, (id % 6) as Kind);
              const key = `${startSeconds} ${code}`;
              const total = (totals.get(key) ?? 0) + 1;
              totals.set(key, total);
              // With these values the first value of any kind is the number of samples or the last sample.
              recorder.record({ startSeconds, code, value: kindOf(code) === COUNTER ? 1 : total });
            }
            recorder.apply();
          };
          for (let round = 0; round < 30; round++, now += 10 * random.below(3)) {
            record(random.below(80));
            kept = now - lateness;
            const snapshot = recorder.engine.takeSnapshot(now, kept);
            const between = Array.from({ length: 3 }, () => () => record(random.below(20)));
            const inThis = new Set<string>();
            for (const { startSeconds, code, values } of readSnapshot(snapshot, maxSamples, between)) {
              const key = `${startSeconds} ${code}`;
              const isDistribution = kindOf(code) === DISTRIBUTION;
              // A cell must not come twice in one snapshot, because points that are sent at the same time have no order.
              expect(inThis.has(key) && !isDistribution).toBe(false);
              inThis.add(key);
              last.set(key, isDistribution ? (last.get(key) ?? 0) + values.length : values[0]);
            }
          }
          for (const { startSeconds, code, values } of recorder.flush()) {
            const key = `${startSeconds} ${code}`;
            last.set(key, kindOf(code) === DISTRIBUTION ? (last.get(key) ?? 0) + values.length : values[0]);
          }
          expect([...last].sort()).toEqual([...totals].sort());
          expect(recorder.engine.usedBytes).toBe(usedBytes);
        },
      ),
      fixedRuns(soakRuns(repetitions(20, 4), repetitions(200, 40))),
    );
  });

  test('are not reported again unless they have changed, not even when they are taken out at last', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    const { usedBytes } = engine;
    const kinds: Kind[] = [COUNTER, GAUGE, SET, HISTOGRAM, TIMING, DISTRIBUTION];
    for (const kind of kinds) recorder.record({ startSeconds: 0, code: codeOf(kind, kind), value: 5 });
    /** The first values that a flush reports, by kind, in order. */
    const flush = (before: number, keepFrom: number) => {
      recorder.apply();
      return readSnapshot(engine.takeSnapshot(before, keepFrom)).map(
        ({ code, values }) => `${KIND_NAMES[kindOf(code)]} ${values[0]}`,
      );
    };
    const held = () => kinds.filter((kind) => engine.holdsContext(kind));
    expect(flush(10, 0)).toEqual(['counter 5', 'gauge 5', 'set 1', 'histogram 1', 'timing 1', 'distribution 5']);
    expect(engine.isEmpty).toBe(true);
    expect(engine.takeSnapshot(10, 0).isEmpty).toBe(true);
    // A flush takes no interval that starts at its moment, even if it keeps none.
    expect(flush(0, 10)).toEqual([]);
    expect(held()).toEqual([COUNTER, GAUGE, SET, HISTOGRAM, TIMING]);
    for (const kind of [GAUGE, DISTRIBUTION, COUNTER] as const)
      recorder.record({ startSeconds: 0, code: codeOf(kind, kind), value: 7 });
    recorder.apply();
    expect(engine.isEmpty).toBe(false);
    expect(flush(20, 0)).toEqual(['counter 12', 'gauge 7', 'distribution 7']);
    recorder.record({ startSeconds: 0, code: codeOf(SET, SET), value: 6 });
    expect(flush(0, 0)).toEqual([]);
    expect(flush(30, 10)).toEqual(['set 2']);
    expect(engine.isEmpty).toBe(true);
    expect(engine.usedBytes).toBe(usedBytes);
    expect(held()).toEqual([]);
    recorder.record({ startSeconds: 0, code: codeOf(COUNTER, COUNTER), value: 1 });
    expect(flush(30, 10)).toEqual(['counter 1']);
  });

  test('are freed a slice at a time', () => {
    const recorder = new Recorder(make());
    for (let id = 0; id < 1000; id++) recorder.record({ startSeconds: 0, code: codeOf(id, (id % 5) as Kind), value: id });
    recorder.apply();
    const { engine } = recorder;
    readSnapshot(engine.takeSnapshot(10, 0));
    recorder.record({ startSeconds: 0, code: codeOf(555, (555 % 5) as Kind), value: -1 });
    recorder.apply();
    const snapshot = engine.takeSnapshot(10, 10);
    expect(snapshot.isEmpty).toBe(false);
    expect(engine.isEmpty).toBe(true);
    const lengths: number[] = [];
    for (let slice = snapshot.read(100); slice !== undefined; slice = snapshot.read(100)) lengths.push(slice.length);
    expect(lengths).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    for (const id of [1, 555, 999]) expect(engine.holdsContext(id)).toBe(false);
  });

  test('drop a late sample when there is no memory to record the change, and report everything that was applied', () => {
    const ceilings = Array.from({ length: 12 }, (_, i) => (engineName === 'wasm' ? 65536 * (8 + i) : 60_000 + i * 4001));
    let mostDropped = 0;
    for (const memoryBytes of ceilings) {
      const recorder = new Recorder(make({ memoryBytes, contextCapacity: 4000 }));
      const { engine } = recorder;
      const { usedBytes } = engine;
      const expected = new Map<number, number>();
      const found = new Map<number, number>();
      const record = (id: number) => {
        if (recorder.recordNow({ startSeconds: 0, code: codeOf(id, COUNTER), value: 1 }))
          expected.set(id, (expected.get(id) ?? 0) + 1);
      };
      for (let round = 0; round < 4; round++) {
        for (let id = 0; id < 3500; id++) record(id);
        if (round > 0) mostDropped = Math.max(mostDropped, recorder.dropped);
        for (const { code, values } of readSnapshot(engine.takeSnapshot(10, round < 3 ? 0 : 10))) found.set(code >> 3, values[0]);
      }
      expect(found).toEqual(expected);
      expect(engine.usedBytes).toBe(usedBytes);
      expect(engine.isEmpty).toBe(true);
    }
    expect(mostDropped).toBeGreaterThan(0);
  });

  test('hold memory for as long as they are kept, and no longer', () => {
    const recorder = new Recorder(make());
    const { engine } = recorder;
    let warm = 0;
    for (let round = 0; round < 120; round++) {
      for (let i = 0; i < 2000; i++) {
        const id = i % 300;
        const startSeconds = 10 * Math.max(round - (i % 7 === 0 ? i % 8 : 0), 0);
        recorder.record({ startSeconds, code: codeOf(id, (id % 6) as Kind), value: i });
      }
      recorder.apply();
      readSnapshot(engine.takeSnapshot(10 * round, 10 * round - 60), 500);
      if (round === 40) warm = engine.memoryBytes;
      if (round > 40) expect(engine.memoryBytes).toBeLessThanOrEqual(warm * 1.05);
    }
    expect(recorder.dropped).toBe(0);
  });
});
