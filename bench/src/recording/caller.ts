import { CALLS, type Cases, inTurns, REGION_TAG, SHARDS, TURNS } from './shapes.js';

/** The caller's work without any client, for the shapes where the caller does some. It is the lower limit for every client. */
export const cases: Cases = {
  incrementFreshTags() {
    // The arrays are kept, because V8 does not build arrays that are never used.
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
