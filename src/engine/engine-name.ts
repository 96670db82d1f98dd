/** What holds the samples: the engine in WebAssembly, or the one in plain TypeScript. */
export type EngineName = 'wasm' | 'js';
