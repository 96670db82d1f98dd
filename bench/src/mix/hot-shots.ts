import { open } from '../recording/hot-shots.js';
import { createClientCase } from './clients.js';
import * as mixes from './mixes.js';

/** hot-shots aggregates counters and gauges. It makes a message of every other sample, which is kept instead of being sent. */
export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const { client, drain } = open();
  return createClientCase(mix, order, mixes.arrayBuilder(mix), [client], drain);
}
