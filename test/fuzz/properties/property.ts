import type { IRawProperty } from 'fast-check';

/** A property that holds for every input. `npm test` tries a few inputs; `npm run fuzz` tries new ones until its time is over. */
export interface NamedProperty {
  /** Name for `--only`, with letters, digits and hyphens. */
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: each property has inputs of its own type
  readonly property: IRawProperty<any, boolean>;
  /** How many inputs `npm test` tries, the same in every run. The second number is for `node --jitless`, which is slow. */
  readonly runs: readonly [count: number, jitlessCount: number];
}
