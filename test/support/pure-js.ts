/** True if the tests run without WebAssembly, as under `node --jitless`. */
export function isPureJs(): boolean {
  return typeof WebAssembly === 'undefined';
}
