import * as mixes from './mixes.js';

/** The caller's work without any client: to read the order, and to build the strings, the array and the options. */
export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const names = mixes.namesOf(mix);
  const build = mixes.optionsBuilder(mix);
  // The options are kept, because V8 does not build what is never used.
  const kept: mixes.Options[] = [];
  let characters = 0;
  return {
    record(first, count) {
      for (let i = first; i < first + count; i++) {
        const sample = order[i & mixes.ORDER_MASK];
        characters += names[sample >>> mixes.NAME_SHIFT].length;
        kept[i % 64] = build((sample >>> mixes.ROUTE_SHIFT) & mixes.ROUTE_MASK, sample & mixes.STATUS_MASK);
      }
      if (characters === 0) throw new Error('nothing was recorded');
    },
  };
}
