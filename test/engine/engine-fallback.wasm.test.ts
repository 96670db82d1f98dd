import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

/** Loads the package as if for the first time, because the WebAssembly module is compiled once per process. */
async function loadAnew(): Promise<typeof import('../../src/index.js')> {
  vi.resetModules();
  return import('../../src/index.js');
}

class RefusingModule {
  constructor() {
    throw new Error('Wasm code generation disallowed by embedder');
  }
}

class EmptyInstance {
  readonly exports = {};
}

test.each([
  ['there is no WebAssembly', undefined, /the option `engine` is 'wasm', but this runtime has no WebAssembly/i],
  ['the runtime refuses to compile', { ...WebAssembly, Module: RefusingModule }, /disallowed by embedder/],
  ['the runtime instantiates nothing', { ...WebAssembly, Module: WebAssembly.Module, Instance: EmptyInstance }, /./],
])('where %s, a client uses the engine in TypeScript, unless its engine option is wasm', async (_, stub, message) => {
  const { MemoryReporter, ThreadStats } = await loadAnew();
  vi.stubGlobal('WebAssembly', stub);
  const reporter = new MemoryReporter();
  const stats = new ThreadStats({ reporter }).start({ flushMode: 'manual' });
  expect(stats.engineName).toBe('js');
  stats.increment('x', 10);
  await stats.stop();
  expect(reporter.metrics).toMatchObject([{ metric: 'x', points: [[expect.any(Number), 1]] }]);
  expect(() => new ThreadStats({ engine: 'wasm' })).toThrow(message);
});
