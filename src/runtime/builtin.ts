// The default export, because the code that many put before a bundled ES module declares `createRequire`.
import nodeModule from 'node:module';

type Builtins = {
  'node:crypto': typeof import('node:crypto');
  'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:os': typeof import('node:os');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
};

/**
 * Returns a built-in module. It is looked up when it is needed, instead of imported, because a runtime may lack it, because
 * loading it takes time, and because an import of node:http ends Node.js 22 under `--jitless`: it evaluates all exports, one of
 * which needs WebAssembly.
 *
 * @throws Error if the runtime lacks the module.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  // Node.js 22.0 to 22.2 have no such method.
  if (typeof process.getBuiltinModule !== 'function') return nodeModule.createRequire(process.execPath)(name);
  const found = process.getBuiltinModule(name as string) as Builtins[Name] | undefined;
  if (found === undefined) throw new Error(`this runtime has no ${name}`);
  return found;
}
