import { createEngine, type EngineName, FIRST_PERCENTILE, HISTOGRAM, KIND_BITS } from '../../../build/internals.js';
import { checkResult } from '../suite.js';
import { HISTOGRAMS, PERCENTILES, type PercentileContender } from './selection.js';

/**
 * Reads histograms out of an engine. The timed work also includes the count, minimum, maximum and sum, and freeing the memory.
 * That is little for a thousand samples.
 */
export function createEngineContender(name: EngineName, samples: readonly Float64Array[]): PercentileContender {
  const engine = createEngine(name, {
    contextCapacity: HISTOGRAMS + 1,
    memoryBytes: 2 ** 28,
    percentiles: PERCENTILES,
    seed: 1,
  });
  checkResult('engine', engine.name, name);
  const selected = new Float64Array(HISTOGRAMS * PERCENTILES.length);

  const refill = (): void => {
    engine.samples.intervalStartSeconds = 0;
    for (const [index, values] of samples.entries()) {
      const code = ((index + 1) << KIND_BITS) | HISTOGRAM;
      for (const value of values) if (engine.samples.append(code, value)) engine.applySamples();
    }
    engine.applySamples();
  };
  const select = (): Float64Array => {
    const snapshot = engine.takeSnapshot(Number.POSITIVE_INFINITY);
    let target = 0;
    for (let slice = snapshot.read(1e6); slice !== undefined; slice = snapshot.read(1e6)) {
      for (let cell = 0, first = 0; cell < slice.length; first = slice.ends[cell++]) {
        for (let i = first + FIRST_PERCENTILE; i < slice.ends[cell]; i++) selected[target++] = slice.values[i];
      }
    }
    return selected;
  };
  return { refill, select };
}
