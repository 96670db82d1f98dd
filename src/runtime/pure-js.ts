/**
 * True if the runtime has no WebAssembly, as under `node --jitless`. Modules that need WebAssembly must then not even be
 * imported: the HTTP parser of undici is a WebAssembly module, and importing undici ends the process.
 */
export function isPureJs(): boolean {
  return typeof (globalThis as { WebAssembly?: unknown }).WebAssembly !== 'object';
}
