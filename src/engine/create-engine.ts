import type { Engine, EngineName, EngineSettings } from './engine.js';
import { JsEngine } from './js/js-engine.js';
import { WasmEngine } from './wasm/wasm-engine.js';

/**
 * Creates the engine with this name. `auto` creates the WebAssembly engine or, where that cannot run, the TypeScript engine: the
 * runtime may have no WebAssembly, or refuse the module. `wasm` throws there.
 *
 * @throws {RangeError} `memoryBytes` is too small for `contextCapacity`.
 */
export function createEngine(name: 'auto' | EngineName, settings: EngineSettings): Engine {
  if (name === 'js') return new JsEngine(settings);
  if (name === 'wasm' && typeof WebAssembly === 'undefined') {
    throw new Error("The option `engine` is 'wasm', but this runtime has no WebAssembly; accepted are 'auto' and 'js'");
  }
  try {
    return new WasmEngine(settings);
  } catch (error) {
    if (name === 'wasm') throw error;
    return new JsEngine(settings);
  }
}
