import type { Engine, EngineName, EngineSettings } from './engine.js';
import { JsEngine } from './js/js-engine.js';
import { WasmEngine } from './wasm/wasm-engine.js';

/**
 * The engine asked for. `auto` takes WebAssembly unless the runtime has none, refuses the module or lacks the node:zlib
 * that unpacks it; `wasm` throws then.
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
