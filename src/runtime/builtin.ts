type Builtins = {
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
};

/** A module of the runtime's, looked up when it is needed, and not imported: a runtime may lack it. Throws then. */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  const found = process.getBuiltinModule?.(name as string) as Builtins[Name] | undefined;
  if (found === undefined) throw new Error(`this runtime has no ${name}`);
  return found;
}
