// The part of WebAssembly's JavaScript interface that the engine and the transport use. TypeScript has it only in its library for
// browsers, whose globals have no place here.
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>);
    readonly exports: unknown;
  }
  class Memory {
    constructor(descriptor: { initial: number });
    readonly buffer: ArrayBuffer;
  }
  interface Global {
    readonly value: number;
  }
}
