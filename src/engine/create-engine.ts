import type { Engine, EngineName, EngineSettings } from './engine.js';
import { JsEngine } from './js/js-engine.js';
import { WasmEngine } from './wasm/wasm-engine.js';

/**
 * Creates the engine with this name. `auto` creates the WebAssembly engine, or the TypeScript engine where the former cannot
 * run: the runtime has no WebAssembly, refuses the module, or lacks node:zlib, which unpacks it. `wasm` throws there.
 *
 * @throws {RangeError} `memoryBytes` is too small for `contextCapacity`.
 */
export function createEngine(name: 'auto' | EngineName, settings: EngineSettings): Engine {
  if (name === 'js' || (name === 'auto' && typeof WebAssembly === 'undefined')) return new JsEngine(settings);
  try {
    return new WasmEngine(settings);
  } catch (error) {
    if (name === 'wasm') throw error;
    return new JsEngine(settings);
  }
}
