import { describe, expect, test } from 'vitest';
import { COUNTER, DISTRIBUTION, GAUGE, HISTOGRAM, SET, TIMING } from '../../src/model/kinds.js';
import { recordMany } from './support/record-many.js';
import { codeOf, Recorder } from './support/recorder.js';
import { variants } from './support/variants.js';

describe.each(variants)('memory of the $name engine', ({ make }) => {
  test.each<[name: string, record: (recorder: Recorder) => void]>([
    ['a set of many members', (recorder) => recordMany(recorder, SET, 60_000, 1)],
    ['many sets', (recorder) => recordMany(recorder, SET, 30_000, 1000)],
    ['a distribution of many values', (recorder) => recordMany(recorder, DISTRIBUTION, 100_000, 1)],
    ['many distributions', (recorder) => recordMany(recorder, DISTRIBUTION, 50_000, 1000)],
    ['many histograms', (recorder) => recordMany(recorder, HISTOGRAM, 50_000, 1000)],
    ['full timings', (recorder) => recordMany(recorder, TIMING, 60_000, 50)],
    [
      'counters and gauges in many intervals',
      (recorder) => {
        recordMany(recorder, COUNTER, 20_000, 500);
        for (let i = 0; i < 20_000; i++)
          recorder.record({ startSeconds: i >> 4, code: codeOf(500 + (i % 500), GAUGE), value: i });
      },
    ],
  ])('is all freed by a flush after %s', (_name, record) => {
    const recorder = new Recorder(make());
    const { usedBytes } = recorder.engine;
    for (let i = 0; i < 2; i++) {
      record(recorder);
      recorder.apply();
      expect(recorder.engine.usedBytes).toBeGreaterThan(usedBytes);
      recorder.flush(Number.POSITIVE_INFINITY, 1000);
      expect(recorder.engine.usedBytes).toBe(usedBytes);
    }
    expect(recorder.dropped).toBe(0);
  });
});
