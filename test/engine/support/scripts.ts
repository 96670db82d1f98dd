// Scripts: long sequences of operations, made from a few acts that fast-check can shrink. An act stands for up to thousands of
// samples, which are drawn from a seed that is part of the act.

import fc from 'fast-check';
import { type Kind, SET } from '../../../src/model/kinds.js';
import { InputRandom } from './random.js';
import { codeOf, type Sample } from './recorder.js';
import { randomMember, VALUE_STYLE_NAMES, VALUE_STYLES, type ValueStyle } from './values.js';

/** One act of a script. */
export type Act =
  | { act: 'burst'; context: number; interval: number; count: number; style: ValueStyle; seed: number }
  | { act: 'scatter'; count: number; style: ValueStyle; seed: number }
  | { act: 'flush'; before: number; maxSamples: number; chunks: number; seed: number };

/** One step of a script: samples to record, or a flush. `holds` says which contexts have cells after the flush. */
export type Step =
  | { step: 'record'; samples: Sample[] }
  | { step: 'flush'; beforeSeconds: number; maxSamples: number; between: Sample[][]; holds: ReadonlyMap<number, boolean> };

/** Context ids: the first, the last, and enough others that cells of different kinds are neighbours. */
export const CONTEXT_IDS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 998, 999];

/** Starts of intervals: early, late, negative, huge, and with a fraction. */
export const STARTS: readonly number[] = [
  -1e300, -9007199254740990, -20, -10, 0, 0.5, 10, 20, 30, 1_700_000_000, 1_700_000_010, 1e300,
];

const seed = fc.nat(2 ** 30);

export const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        act: fc.constant('burst' as const),
        context: fc.nat(CONTEXT_IDS.length - 1),
        interval: fc.nat(STARTS.length - 1),
        count: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 990, max: 1060 }), fc.integer({ min: 1, max: 4000 })),
        style: fc.constantFrom(...VALUE_STYLE_NAMES),
        seed,
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        act: fc.constant('scatter' as const),
        count: fc.integer({ min: 1, max: 400 }),
        style: fc.constantFrom(...VALUE_STYLE_NAMES),
        seed,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        act: fc.constant('flush' as const),
        before: fc.oneof(
          fc.constantFrom(...STARTS),
          fc.constantFrom(15, -15, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
        ),
        maxSamples: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 5000 }), fc.constant(2 ** 31 - 1)),
        chunks: fc.nat(6),
        seed,
      }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** Returns the steps that acts stand for, with a full flush at the end. */
export function toScript(list: readonly Act[]): Step[] {
  const writer = new Writer();
  for (const act of list) writer.add(act);
  writer.add({ act: 'flush', before: Number.POSITIVE_INFINITY, maxSamples: 10_000, chunks: 0, seed: 0 });
  return writer.steps;
}

/** Writes the steps. It tracks which contexts have cells, because an id may get another kind only when it has none. */
class Writer {
  readonly steps: Step[] = [];
  readonly #kinds = new Map<number, Kind>();
  readonly #startsHeld = new Map(CONTEXT_IDS.map((id) => [id, new Set<number>()]));

  add(act: Act): void {
    const random = new InputRandom(act.seed);
    if (act.act === 'burst') {
      const code = this.#code(CONTEXT_IDS[act.context], random, false);
      const samples = Array.from({ length: act.count }, (_, i) => this.#sample(STARTS[act.interval], code, act.style, random, i));
      this.steps.push({ step: 'record', samples });
    } else if (act.act === 'scatter') {
      this.steps.push({ step: 'record', samples: this.#scatter(act.count, act.style, random, false) });
    } else {
      for (const starts of this.#startsHeld.values()) {
        for (const startSeconds of starts) if (startSeconds < act.before) starts.delete(startSeconds);
      }
      // The contexts of a snapshot have cells while it is read, so no id changes its kind here.
      const between = Array.from({ length: act.chunks }, () => this.#scatter(random.below(60), 'special', random, true));
      const holds = new Map([...this.#startsHeld].map(([id, starts]) => [id, starts.size > 0]));
      this.steps.push({ step: 'flush', beforeSeconds: act.before, maxSamples: act.maxSamples, between, holds });
    }
  }

  #scatter(count: number, style: ValueStyle, random: InputRandom, areKindsFixed: boolean): Sample[] {
    const samples: Sample[] = [];
    let startSeconds = random.pick(STARTS);
    for (let i = 0; i < count; i++) {
      if (random.below(4) === 0) startSeconds = random.pick(STARTS);
      const code = this.#code(random.pick(CONTEXT_IDS), random, areKindsFixed);
      samples.push(this.#sample(startSeconds, code, style, random, i));
    }
    return samples;
  }

  #code(contextId: number, random: InputRandom, isKindFixed: boolean): number {
    let kind = this.#kinds.get(contextId);
    const mayChange = !isKindFixed && this.#startsHeld.get(contextId)!.size === 0;
    if (kind === undefined || (mayChange && random.below(2) === 0)) {
      kind = random.below(6) as Kind;
      this.#kinds.set(contextId, kind);
    }
    return codeOf(contextId, kind);
  }

  #sample(startSeconds: number, code: number, style: ValueStyle, random: InputRandom, index: number): Sample {
    this.#startsHeld.get(code >> 3)!.add(startSeconds);
    const value = (code & 7) === SET ? randomMember(random) : VALUE_STYLES[style](random, index);
    return { startSeconds, code, value };
  }
}
