import { describe, expect, test } from 'vitest';
import type { Engine, Slice } from '../../src/engine/engine.js';
import { COUNTER, DISTRIBUTION, HISTOGRAM, KIND_BITS, KIND_MASK, type Kind, TIMING } from '../../src/model/kinds.js';
import { PercentileSelector } from '../../src/raw-snapshot/percentile-selector.js';
import { engineNames, makeEngine } from '../support/engines.js';

const PERCENTILES = [0, 0.5, 0.95, 1];
const KINDS: readonly Kind[] = [COUNTER, HISTOGRAM, DISTRIBUTION, TIMING];
const ALL_SAMPLES = 2 ** 31 - 1;

/** Records up to 1100 samples into 40 cells of four kinds. */
function recordAll(engine: Engine): void {
  engine.samples.intervalStartSeconds = 10;
  for (let contextId = 1; contextId <= 40; contextId++) {
    const code = (contextId << KIND_BITS) | KINDS[contextId % 4];
    for (let i = 0; i < (contextId === 1 ? 1100 : contextId); i++) {
      if (engine.samples.append(code, Math.sin(contextId * 1000 + i) * 1e6)) engine.applySamples();
    }
  }
  engine.applySamples();
}

/** Returns the code and the values of each cell. */
function cellsOf({ length, codes, ends, values }: Slice): [code: number, values: number[]][] {
  return Array.from({ length }, (_, i) => [codes[i], [...values.subarray(i === 0 ? 0 : ends[i - 1], ends[i])]]);
}

describe.each(engineNames)('on the %s engine', (name) => {
  function slices(): { plain: Slice; raw: Slice } {
    const [plain, raw] = [1, 2].map(() => {
      const engine = makeEngine(name, { percentiles: PERCENTILES });
      recordAll(engine);
      return engine.takeSnapshot(Number.POSITIVE_INFINITY);
    });
    return { plain: plain.read(ALL_SAMPLES)!, raw: raw.readRaw(ALL_SAMPLES)! };
  }

  test('a raw slice with its percentiles selected is what the engine would have read', () => {
    const { plain, raw } = slices();
    const selected = new PercentileSelector(PERCENTILES).select(raw, ['metrics', 'distributions']);
    expect(cellsOf(selected)).toEqual(cellsOf(plain));
  });

  test('only cells of the wanted sort of rows are selected', () => {
    const { plain, raw } = slices();
    const selector = new PercentileSelector(PERCENTILES);
    const isDistribution = ([code]: [number, number[]]): boolean => (code & KIND_MASK) === DISTRIBUTION;
    expect(cellsOf(selector.select(raw, ['distributions']))).toEqual(cellsOf(plain).filter(isDistribution));
    expect(cellsOf(selector.select(raw, ['metrics']))).toEqual(cellsOf(plain).filter((cell) => !isDistribution(cell)));
    expect(cellsOf(selector.select(raw, []))).toEqual([]);
  });
});
