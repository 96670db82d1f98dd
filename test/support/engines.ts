import { createEngine } from '../../src/engine/create-engine.js';
import type { EngineName, EngineSettings } from '../../src/engine/engine.js';
import type { JsEngine } from '../../src/engine/js/js-engine.js';
import type { WasmEngine } from '../../src/engine/wasm/wasm-engine.js';

/** The engines that this runtime can run: on `node --jitless` only the one in TypeScript. */
export const engineNames: readonly EngineName[] = typeof WebAssembly === 'undefined' ? ['js'] : ['wasm', 'js'];

/** An engine made for a test; fails when it is not the one asked for. */
export function makeEngine(name: EngineName, settings: Partial<EngineSettings> = {}): WasmEngine | JsEngine {
  const engine = createEngine(name, {
    contextCapacity: 1000,
    memoryBytes: 2 ** 28,
    percentiles: [0.75, 0.85, 0.95, 0.99],
    seed: 1,
    ...settings,
  });
  if (engine.name !== name) throw new Error(`asked for ${name}, got ${engine.name}`);
  return engine as WasmEngine | JsEngine;
}
