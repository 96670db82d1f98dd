import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEngine } from '../../src/engine/create-engine.js';
import type { EngineSettings } from '../../src/engine/engine.js';

const settings: EngineSettings = { contextCapacity: 10, memoryBytes: 2 ** 24, percentiles: [], seed: 0 };
const hasWebAssembly = typeof WebAssembly !== 'undefined';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('createEngine', () => {
  test('creates the WebAssembly engine where the runtime has WebAssembly', () => {
    expect(createEngine('auto', settings).name).toBe(hasWebAssembly ? 'wasm' : 'js');
  });

  test('creates the engine with the given name, or throws', () => {
    expect(createEngine('js', settings).name).toBe('js');
    if (hasWebAssembly) expect(createEngine('wasm', settings).name).toBe('wasm');
    else expect(() => createEngine('wasm', settings)).toThrow();
  });

  test('falls back to TypeScript without WebAssembly, unless the name is wasm', () => {
    vi.stubGlobal('WebAssembly', undefined);
    expect(createEngine('auto', settings).name).toBe('js');
    expect(() => createEngine('wasm', settings)).toThrow();
  });

  test('falls back to TypeScript where the runtime refuses the module, unless the name is wasm', () => {
    const refuse = class {
      constructor() {
        throw new Error('Wasm code generation disallowed by embedder');
      }
    };
    vi.stubGlobal('WebAssembly', { Module: refuse, Instance: refuse });
    expect(createEngine('auto', settings).name).toBe('js');
    expect(() => createEngine('wasm', settings)).toThrow('disallowed');
  });

  test('falls back to TypeScript where node:zlib is missing, unless the name is wasm', async () => {
    vi.resetModules();
    const { createEngine: createFirst } = await import('../../src/engine/create-engine.js');
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    expect(createFirst('auto', settings).name).toBe('js');
    if (hasWebAssembly) expect(() => createFirst('wasm', settings)).toThrow('no node:zlib');
    vi.stubGlobal('process', undefined);
    expect(createFirst('auto', settings).name).toBe('js');
  });

  test.each(['auto', 'js', ...(hasWebAssembly ? (['wasm'] as const) : [])] as const)(
    'throws a RangeError when memory is too small for the contexts (%s)',
    (name) => {
      expect(() => createEngine(name, { ...settings, contextCapacity: 1e6, memoryBytes: 2 ** 20 })).toThrow(RangeError);
    },
  );
});
