import { type Bench, checkResult, ENGINES, required, type Suite } from '../suite.js';
import type { Holding } from './holding.js';

const CONTEXTS = 100_000;

const BENCH: Bench = {
  name: 'live context',
  question: `What does one of ${CONTEXTS.toLocaleString('en')} counters with two tags hold, while it is counted in every interval?`,
  unit: 'bytes',
  per: 'context',
  contenders: [...ENGINES, 'datadog-metrics', 'prom-client', 'opentelemetry'],
  quickContenders: [...ENGINES, 'datadog-metrics'],
};

const HOLDINGS: Record<string, () => Promise<() => Holding>> = {
  wasm: async () => (await import('./threadstats.js')).threadStatsHolding('wasm'),
  js: async () => (await import('./threadstats.js')).threadStatsHolding('js'),
  'datadog-metrics': async () => (await import('./datadog-metrics.js')).createHolding,
  'prom-client': async () => (await import('./prom-client.js')).createHolding,
  opentelemetry: async () => (await import('./opentelemetry.js')).createHolding,
};

/** What is held for a live context. */
export const memory: Suite = {
  name: 'memory',
  benches: [BENCH],
  nodeFlags: ['--expose-gc'],

  async prepare(_bench: string, contender: string): Promise<() => Promise<number>> {
    const create = await required(HOLDINGS[contender], contender)();
    // What is made once a process, compiled code above all, is made here and not counted.
    await bytesPerContext(create, contender);
    return () => bytesPerContext(create, contender);
  },
};

async function bytesPerContext(create: () => Holding, contender: string): Promise<number> {
  const before = heldBytes();
  const holding = create();
  increment(holding, CONTEXTS);
  const bytes = heldBytes() - before;
  checkResult(`${contender}, contexts`, await holding.contexts(), CONTEXTS);
  return bytes / CONTEXTS;
}

/** The tags are built for the call, so whatever is kept of them is the client's. */
function increment(holding: Holding, contexts: number): void {
  for (let i = 0; i < contexts; i++) holding.increment(`shard-${i % 100}`, `customer-${Math.floor(i / 100)}`);
}

/** Bytes on V8's heap, and outside of it those of array buffers and of WebAssembly's memories. */
function heldBytes(): number {
  for (let i = 0; i < 3; i++) required(globalThis.gc, '--expose-gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
