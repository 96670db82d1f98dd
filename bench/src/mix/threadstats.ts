import { openThreadStats } from '../recording/threadstats.js';
import type { EngineName } from '../threadstats.js';
import { createClientCase } from './clients.js';
import * as mixes from './mixes.js';

/** Returns the function that creates the case of this project. */
export function threadStatsCase(engine: EngineName): (mix: mixes.Mix, order: Uint32Array) => mixes.MixCase {
  return (mix, order) => {
    const { client, drain } = openThreadStats(engine, 2 * mixes.contextsOf(mix));
    const children = Array.from({ length: mixes.CHILDREN }, (_, child) => {
      return client.child({ namespace: mixes.CHILD_NAMESPACE, tags: [`component:${child}`] });
    });
    const clients = mix.style === 'children' ? children : [client];
    return createClientCase(mix, order, mixes.optionsBuilder(mix), clients, drain);
  };
}
