import { afterEach, expect, test, vi } from 'vitest';
import type { EngineSettings } from '../../src/engine/engine.js';
import { engineNames } from '../support/engines.js';

const settings: EngineSettings = { contextCapacity: 10, memoryBytes: 2 ** 24, percentiles: [], seed: 0 };

afterEach(() => {
  vi.restoreAllMocks();
});

test('the WebAssembly engine needs no built-in module', async () => {
  vi.resetModules();
  const { createEngine } = await import('../../src/engine/create-engine.js');
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  expect(createEngine('auto', settings).name).toBe(engineNames[0]);
});
