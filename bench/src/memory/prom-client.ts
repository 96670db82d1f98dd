import { Counter, Registry } from 'prom-client';
import type { MemoryContender } from './contender.js';

/** Creates a counter of prom-client. */
export function createContender(): MemoryContender {
  const registers = [new Registry()];
  const counter = new Counter({ name: 'page_views', help: 'Views', labelNames: ['shard', 'customer'], registers });
  return {
    increment: (shard, customer) => counter.inc({ shard, customer }, 1),
    async drainContexts() {
      const { values } = await counter.get();
      counter.reset();
      return values.length;
    },
  };
}
