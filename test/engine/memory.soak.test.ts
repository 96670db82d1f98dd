// Simulates a long-running process: many intervals, contexts that come and go, all kinds mixed, late samples, sets and
// distributions of any size. After a warm-up memory stays as it is, and a full flush frees all of it.

import { describe, expect, test } from 'vitest';
import { COUNTER, DISTRIBUTION, HISTOGRAM, type Kind, SET } from '../../src/model/kinds.js';
import { InputRandom } from './support/random.js';
import { recordMany } from './support/record-many.js';
import { codeOf, Recorder } from './support/recorder.js';
import { repetitions, type Variant, variants } from './support/variants.js';

const INTERVAL_SECONDS = 10;
const SAMPLES_PER_ROUND = 10_000;
/** Number of rounds after which context ids get other kinds. */
const ROUNDS_PER_GENERATION = 5;
/** Number of rounds after which the same amounts are recorded again, for other ids. */
const ROUNDS_PER_CYCLE = 10;

/** Records the samples of one interval: many for a few contexts, the rest spread over many contexts, and some of them late. */
function recordRound(recorder: Recorder, round: number): void {
  const generation = Math.floor(round / ROUNDS_PER_GENERATION);
  const isFirstOfGeneration = round % ROUNDS_PER_GENERATION === 0;
  const random = new InputRandom(round % ROUNDS_PER_CYCLE);
  const startSeconds = round * INTERVAL_SECONDS;
  for (let i = 0; i < SAMPLES_PER_ROUND; i++) {
    const kind = random.below(6) as Kind;
    const place = random.below(2) === 0 ? 0 : 1 + ((random.below(50) + round * 31) % 160);
    // Each generation gives the kind to other ids, so that all rounds of a cycle need the same memory.
    const id = 6 * place + ((kind + generation) % 6);
    const isLate = !isFirstOfGeneration && i % 500 < 20;
    recorder.record({
      startSeconds: isLate ? startSeconds - INTERVAL_SECONDS : startSeconds,
      code: codeOf(id, kind),
      value: kind === SET && i % 2 === 0 ? `member ${i}` : i,
    });
  }
}

/** Records and flushes rounds as a client does: a flush leaves the current interval open, except at the end of a generation. */
function soak(recorder: Recorder, firstRound: number, rounds: number, afterRound: (held: number) => void): void {
  for (let round = firstRound; round < firstRound + rounds; round++) {
    recordRound(recorder, round);
    recorder.apply();
    afterRound(recorder.engine.memoryBytes);
    const isLastOfGeneration = (round + 1) % ROUNDS_PER_GENERATION === 0;
    recorder.flush(isLastOfGeneration ? Number.POSITIVE_INFINITY : round * INTERVAL_SECONDS, 20_000);
    afterRound(recorder.engine.memoryBytes);
  }
}

describe.each(variants)('memory of the $name engine', ({ make }) => {
  test('stays flat after warm-up, over a million samples and contexts that come and go', () => {
    const recorder = new Recorder(make());
    const { usedBytes } = recorder.engine;
    let warm = 0;
    soak(recorder, 0, 2 * ROUNDS_PER_CYCLE, (held) => {
      warm = Math.max(warm, held);
    });
    let largest = 0;
    soak(recorder, 2 * ROUNDS_PER_CYCLE, repetitions(100, 30), (held) => {
      largest = Math.max(largest, held);
    });
    expect(largest).toBe(warm);
    expect(recorder.dropped).toBe(0);
    expect(recorder.engine.usedBytes).toBe(usedBytes);
  });

  test('stays flat while one interval in the far future is open', () => {
    const recorder = new Recorder(make());
    const recordAhead = () => {
      for (let id = 990; id < 1000; id++) {
        for (let i = 0; i < 5; i++) recorder.record({ startSeconds: 1e9, code: codeOf(id, (id % 6) as Kind), value: i });
      }
    };
    const round = (index: number) => {
      for (let i = 0; i < 5000; i++) {
        const id = (i * 7 + index) % 900;
        recorder.record({ startSeconds: index, code: codeOf(id, (id % 6) as Kind), value: i });
      }
      recorder.flush(index + 1);
    };
    recordAhead();
    for (let index = 0; index < 20; index++) round(index);
    const { memoryBytes, usedBytes } = recorder.engine;
    for (let index = 20; index < 60; index++) round(index);
    expect(recorder.engine.memoryBytes).toBe(memoryBytes);
    expect(recorder.engine.usedBytes).toBe(usedBytes);
    expect(recorder.flush()).toHaveLength(10);
  });

  test('that a burst of one kind has freed can be used by any other kind', () => {
    const bursts: [Kind, number, number][] = [
      [SET, 50_000, 1],
      [DISTRIBUTION, 60_000, 700],
      [COUNTER, 40_000, 1000],
      [HISTOGRAM, 60_000, 60],
      [SET, 30_000, 1000],
    ];
    const memoryBytes = ceilingFor(make, bursts);
    const recorder = new Recorder(make({ memoryBytes }));
    for (let round = 0; round < repetitions(3, 2); round++) {
      for (const [kind, samples, contexts] of bursts) {
        recordMany(recorder, kind, samples, contexts);
        recorder.flush();
        expect(recorder.dropped).toBe(0);
      }
    }
    expect(recorder.engine.memoryBytes).toBeLessThanOrEqual(memoryBytes);
  });
});

/** Returns the least ceiling under which each burst alone fits, rounded up to whole pages, plus two pages. */
function ceilingFor(make: Variant['make'], bursts: readonly [Kind, number, number][]): number {
  let most = 0;
  for (const [kind, samples, contexts] of bursts) {
    const recorder = new Recorder(make());
    const { memoryBytes, usedBytes } = recorder.engine;
    recordMany(recorder, kind, samples, contexts);
    recorder.apply();
    most = Math.max(most, memoryBytes + recorder.engine.usedBytes - usedBytes);
  }
  return (Math.ceil(most / 65536) + 2) * 65536;
}
