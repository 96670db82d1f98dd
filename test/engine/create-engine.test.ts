import { afterEach, expect, test, vi } from 'vitest';
import type { EngineSettings } from '../../src/engine/engine.js';
import { engineNames } from '../support/engines.js';

const settings: EngineSettings = { contextCapacity: 10, memoryBytes: 2 ** 24, percentiles: [], seed: 0 };

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test('where node:zlib is missing, the engine in TypeScript is used, unless the option is wasm', async () => {
  vi.resetModules();
  const { createEngine } = await import('../../src/engine/create-engine.js');
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  expect(createEngine('auto', settings).name).toBe('js');
  if (engineNames.includes('wasm')) expect(() => createEngine('wasm', settings)).toThrow('no node:zlib');
  vi.stubGlobal('process', undefined);
  expect(createEngine('auto', settings).name).toBe('js');
});
