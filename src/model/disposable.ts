declare global {
  // Declared for compilers that have these symbols neither in `lib` nor from `@types/node`.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
    readonly asyncDispose: unique symbol;
  }
}

/** What `using` accepts. */
export interface SyncDisposable {
  [Symbol.dispose](): void;
}

/** What `await using` accepts. */
export interface AwaitDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}
