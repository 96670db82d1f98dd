// The case of clients whose methods take a name, a value and the tags. These clients share the code. Only one of them runs in a
// process, so every call remains monomorphic.

import * as mixes from './mixes.js';

interface Client<Tags> {
  increment(name: string, value: number, tags: Tags): void;
  gauge(name: string, value: number, tags: Tags): void;
  histogram(name: string, value: number, tags: Tags): void;
  timing(name: string, value: number, tags: Tags): void;
}

/** Returns the case of a client. There are several clients in the mix of children, which take turns among the names. */
export function createClientCase<Tags>(
  mix: mixes.Mix,
  order: Uint32Array,
  build: mixes.BuildTags<Tags>,
  children: readonly Client<Tags>[],
  drain: () => Promise<number>,
): mixes.MixCase {
  const names = mixes.namesOf(mix);
  const clients = names.map((_, name) => children[name % children.length]);
  return {
    record(first, count) {
      for (let i = first; i < first + count; i++) {
        const sample = order[i & mixes.ORDER_MASK];
        const name = sample >>> mixes.NAME_SHIFT;
        const tags = build((sample >>> mixes.ROUTE_SHIFT) & mixes.ROUTE_MASK, sample & mixes.STATUS_MASK);
        switch (mixes.kindOf(name)) {
          case mixes.INCREMENT:
            clients[name].increment(names[name], 1, tags);
            break;
          case mixes.GAUGE:
            clients[name].gauge(names[name], mixes.valueAt(i), tags);
            break;
          case mixes.HISTOGRAM:
            clients[name].histogram(names[name], mixes.valueAt(i), tags);
            break;
          default:
            clients[name].timing(names[name], mixes.valueAt(i), tags);
        }
      }
    },
    drain,
  };
}
