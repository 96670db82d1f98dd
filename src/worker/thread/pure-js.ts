// Stands in the place of reporters/pure-js.ts in the worker.

/** Never: node:zlib is there wherever workers are, whatever the runtime lacks, and no undici is that could need WebAssembly. */
export function isPureJs(): boolean {
  return false;
}
