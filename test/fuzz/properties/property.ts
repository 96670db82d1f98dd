import type { IRawProperty } from 'fast-check';

/** Something that holds for every input: `npm test` tries it on a few, `npm run fuzz` for as long as it is told to. */
export interface NamedProperty {
  /** As `--only` takes it; of letters, digits and hyphens. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: what its inputs are is its own affair
  readonly property: IRawProperty<any, boolean>;
  /** Inputs that `npm test` tries, all the same in every run; the second number is for a runtime without a compiler. */
  readonly runs: readonly [count: number, jitlessCount: number];
}
