/**
 * Whether the runtime has no WebAssembly (`node --jitless`, for one). Then nothing that needs WebAssembly may even be
 * imported: undici's HTTP parser is a WebAssembly module, and importing undici here ends the process.
 */
export function isPureJs(): boolean {
  return typeof (globalThis as { WebAssembly?: unknown }).WebAssembly !== 'object';
}
