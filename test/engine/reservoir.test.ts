// Checks which samples are kept after the first 1000, seen from outside: percentiles show 64 ranks of the kept samples, so
// sixteen engines with the same seed, each asked for other ranks, show all of them.

import { describe, expect, test } from 'vitest';
import { HISTOGRAM, TIMING } from '../../src/model/kinds.js';
import { codeOf, Recorder } from './support/recorder.js';
import { repetitions, soakRuns, type Variant, variants } from './support/variants.js';

const KEPT = 1000;
const PERCENTILES_AT_ONCE = 64;

/** Records the ramp 0, 1, ... in each of the contexts, in turns of `run` samples. Returns the kept positions of each context. */
function keptPositions(make: Variant['make'], contexts: number, samples: number, seed: number, run = 1): Set<number>[] {
  const kept = Array.from({ length: contexts }, () => new Set<number>());
  for (let first = 0; first < KEPT; first += PERCENTILES_AT_ONCE) {
    const ranks = Array.from({ length: Math.min(PERCENTILES_AT_ONCE, KEPT - first) }, (_, i) => first + i);
    const recorder = new Recorder(make({ seed, percentiles: ranks.map((rank) => (rank + 1) / KEPT) }));
    for (let first = 0; first < samples; first += run) {
      for (let id = 0; id < contexts; id++) {
        const end = Math.min(first + run, samples);
        for (let value = first; value < end; value++) recorder.record({ startSeconds: 0, code: codeOf(id, HISTOGRAM), value });
      }
    }
    recorder.flush().forEach((report, id) => {
      for (const position of report.values.subarray(4)) kept[id].add(position);
    });
  }
  return kept;
}

/** Returns by how many standard deviations the statistic of a chi-square test exceeds its mean. */
function chiSquareDeviations(statistic: number, degrees: number): number {
  return (statistic - degrees) / Math.sqrt(2 * degrees);
}

describe.each(variants)('the reservoirs of the $name engine', ({ make }) => {
  test('keep all of the first 1000 samples', () => {
    const [kept] = keptPositions(make, 1, KEPT, 1);
    expect([...kept].sort((a, b) => a - b)).toEqual(Array.from({ length: KEPT }, (_, i) => i));
  });

  test.each([1, 100])('keep 1000 different samples of any larger number, in runs of %d', (run) => {
    for (const samples of [1001, 1002, 2500, 9999]) {
      for (const kept of keptPositions(make, 2, samples, 7, run)) expect(kept.size).toBe(KEPT);
    }
  });

  // The longer runs have whole groups of samples, with all probabilities of being a candidate.
  test.each([
    [1, 1500],
    [31, 2500],
    [70, 2500],
    [1000, 5000],
  ])('keep each position with the same probability, in runs of %d', (run, samples) => {
    const contexts = soakRuns(repetitions(30, 8), repetitions(200, 20));
    const counts = new Int32Array(samples);
    for (const kept of keptPositions(make, contexts, samples, 2025, run)) for (const position of kept) counts[position]++;
    const probability = KEPT / samples;
    const expected = contexts * probability;
    let statistic = 0;
    for (const count of counts) statistic += (count - expected) ** 2 / (expected * (1 - probability));
    expect(Math.abs(chiSquareDeviations(statistic, samples - 1))).toBeLessThan(3.5);
  });

  test.each([1, 10_000])('neither favour recent samples nor forget old ones, in runs of %d', (run) => {
    const contexts = soakRuns(repetitions(10, 4), repetitions(60, 10));
    const samples = 10_000;
    const tenths = new Int32Array(10);
    for (const kept of keptPositions(make, contexts, samples, 99, run))
      for (const position of kept) tenths[Math.floor(position / 1000)]++;
    const expected = (contexts * KEPT) / 10;
    let statistic = 0;
    // Each tenth of the positions has a tenth of the kept samples on average, drawn without replacement.
    for (const count of tenths) statistic += (count - expected) ** 2 / (expected * (1 - KEPT / samples));
    expect(chiSquareDeviations(statistic, 9)).toBeLessThan(3.5);
    const standardDeviation = Math.sqrt(expected * 0.9 * (1 - KEPT / samples));
    expect(Math.abs(tenths[0] - expected)).toBeLessThan(3.5 * standardDeviation);
    expect(Math.abs(tenths[9] - expected)).toBeLessThan(3.5 * standardDeviation);
  });

  test.each([
    ['rising', (i: number) => i],
    ['falling', (i: number) => 9999 - i],
  ])('yield percentiles of a %s ramp near the true ones', (_name, toValue) => {
    const percentiles = [0.01, 0.25, 0.5, 0.75, 0.85, 0.95, 0.99];
    const seeds = soakRuns(repetitions(20, 6), repetitions(200, 20));
    const sums = percentiles.map(() => 0);
    for (let seed = 0; seed < seeds; seed++) {
      const recorder = new Recorder(make({ seed: seed * 0x01234567, percentiles }));
      for (let i = 0; i < 10_000; i++) recorder.record({ startSeconds: 0, code: TIMING, value: toValue(i) });
      const [{ values }] = recorder.flush();
      percentiles.forEach((percentile, index) => {
        const error = values[4 + index] - percentile * 10_000;
        sums[index] += error;
        expect(Math.abs(error)).toBeLessThan(5 * standardError(percentile));
      });
    }
    percentiles.forEach((percentile, index) => {
      expect(Math.abs(sums[index] / seeds)).toBeLessThan((4 * standardError(percentile)) / Math.sqrt(seeds) + 10);
    });
  });

  test('depend on the seed and on nothing else', () => {
    const kept = (seed: number) => [...keptPositions(make, 1, 1200, seed)[0]].sort((a, b) => a - b);
    expect(kept(3)).toEqual(kept(3));
    expect(kept(3)).not.toEqual(kept(4));
    expect(kept(0)).not.toEqual(kept(2 ** 32 - 1));
  });
});

/** Returns the standard error of a percentile of 1000 samples of the ramp 0 to 9999. */
function standardError(percentile: number): number {
  return 10_000 * Math.sqrt((percentile * (1 - percentile)) / KEPT);
}
