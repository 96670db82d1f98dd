type Exports = Record<string, unknown>;
type Instance = new (module: unknown, imports?: unknown) => { readonly exports: Exports };

/**
 * Counts the calls of all functions that WebAssembly modules export from now on. Returns a function that returns their number.
 * The calls take longer, so nothing may be timed in this process.
 */
export function countCalls(): () => number {
  let calls = 0;
  const counted = (value: unknown): unknown => {
    if (typeof value !== 'function') return value;
    return (...values: unknown[]) => {
      calls++;
      return value(...values);
    };
  };
  const { WebAssembly } = globalThis as unknown as { WebAssembly: { Instance: Instance } };
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class {
    readonly exports: Exports;

    constructor(module: unknown, imports?: unknown) {
      const { exports } = new Instance(module, imports);
      this.exports = Object.fromEntries(Object.entries(exports).map(([name, value]) => [name, counted(value)]));
    }
  };
  return () => calls;
}
