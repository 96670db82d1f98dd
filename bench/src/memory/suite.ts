// How much memory does a client need for each live context? A live context is a metric with its tags that is recorded in every
// interval, so no client may forget it.

import { type Bench, checkResult, ENGINES, required, type Suite } from '../suite.js';
import type { MemoryContender } from './contender.js';

const CONTEXTS = 100_000;

const BENCH: Bench = {
  name: 'live context',
  question: `How much memory does each of ${CONTEXTS.toLocaleString('en')} live counters with two tags take?`,
  unit: 'bytes',
  per: 'context',
  contenders: [...ENGINES, 'datadog-metrics', 'prom-client', 'opentelemetry'],
  quickContenders: [...ENGINES, 'datadog-metrics'],
};

const CONTENDERS: Record<string, () => Promise<() => MemoryContender>> = {
  wasm: async () => (await import('./threadstats.js')).threadStatsContender('wasm'),
  js: async () => (await import('./threadstats.js')).threadStatsContender('js'),
  'datadog-metrics': async () => (await import('./datadog-metrics.js')).createContender,
  'prom-client': async () => (await import('./prom-client.js')).createContender,
  opentelemetry: async () => (await import('./opentelemetry.js')).createContender,
};

/** Memory for each live context. */
export const memory: Suite = {
  name: 'memory',
  benches: [BENCH],
  nodeFlags: ['--expose-gc'],

  async prepare(_bench: string, contender: string): Promise<() => Promise<number>> {
    const create = await required(CONTENDERS[contender], contender)();
    // The first run pays for what is allocated once in a process, such as compiled code, so it is not counted.
    await bytesPerContext(create, contender);
    return () => bytesPerContext(create, contender);
  },
};

async function bytesPerContext(create: () => MemoryContender, contender: string): Promise<number> {
  const before = heldBytes();
  const client = create();
  increment(client, CONTEXTS);
  const bytes = heldBytes() - before;
  checkResult(`${contender}, contexts`, await client.drainContexts(), CONTEXTS);
  return bytes / CONTEXTS;
}

/** Builds the tags for each call, so that the client owns all of their memory that remains. */
function increment(client: MemoryContender, contexts: number): void {
  for (let i = 0; i < contexts; i++) client.increment(`shard-${i % 100}`, `customer-${Math.floor(i / 100)}`);
}

/** Returns the bytes on V8's heap, in array buffers and in WebAssembly memories. */
function heldBytes(): number {
  for (let i = 0; i < 3; i++) required(globalThis.gc, '--expose-gc')();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
