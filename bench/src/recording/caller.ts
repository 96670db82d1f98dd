import { CALLS, type Cases, inTurns, REGION_TAG, SHARDS, TURNS } from './shapes.js';

/** The caller's own share of the shapes where it has one: what would be spent if recording cost nothing. */
export const cases: Cases = {
  incrementFreshTags() {
    // Kept, because arrays that nobody can see are not built.
    const kept: string[][] = [];
    const run = (): void => {
      for (let i = 0; i < CALLS; i++) kept[i % SHARDS] = [REGION_TAG, `shard:${i % SHARDS}`];
    };
    return { run, drain: () => (kept.length / SHARDS) * CALLS };
  },

  turn() {
    return { run: () => inTurns(() => {}), drain: () => TURNS };
  },
};
