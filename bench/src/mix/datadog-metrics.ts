import { openLogger } from '../recording/datadog-metrics.js';
import { createClientCase } from './clients.js';
import * as mixes from './mixes.js';

/**
 * datadog-metrics takes tags as an array only, has no timings and no children, and sets the host for a whole client. Its user
 * writes arrays, histograms, and a client with a prefix and tags for each child.
 */
export function createCase(mix: mixes.Mix, order: Uint32Array): mixes.MixCase {
  const options =
    mix.style === 'children'
      ? Array.from({ length: mixes.CHILDREN }, (_, child) => {
          return { prefix: `${mixes.CHILD_NAMESPACE}.`, defaultTags: [`component:${child}`] };
        })
      : [mix.style === 'host' ? { host: mixes.HOST } : {}];
  const opened = options.map((option) => openLogger(option));
  const clients = opened.map(({ client }) => Object.assign(client, { timing: client.histogram }));
  const drain = async (): Promise<number> => {
    let sum = 0;
    for (const { drain } of opened) sum += await drain();
    return sum;
  };
  return createClientCase(mix, order, mixes.arrayBuilder(mix), clients, drain);
}
