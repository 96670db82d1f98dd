import { Counter, Registry } from 'prom-client';
import type { Holding } from './holding.js';

/** Makes a counter of prom-client. */
export function createHolding(): Holding {
  const registers = [new Registry()];
  const counter = new Counter({ name: 'page_views', help: 'Views', labelNames: ['shard', 'customer'], registers });
  return {
    increment: (shard, customer) => counter.inc({ shard, customer }, 1),
    async contexts() {
      const { values } = await counter.get();
      counter.reset();
      return values.length;
    },
  };
}
