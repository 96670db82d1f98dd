// This folder wraps what the process and its runtime provide: timers, signals, the end of the process, and modules that a runtime
// may lack. It may import no other folder, and it does not know what a client is: callers register callbacks for the moments at
// which they have to act. It has no single front door; each file has one subject, and this one is the lowest.

// The default export, because the code that many put before a bundled ES module declares `createRequire`.
import nodeModule from 'node:module';

type Builtins = {
  'node:async_hooks': typeof import('node:async_hooks');
  'node:crypto': typeof import('node:crypto');
  'node:diagnostics_channel': typeof import('node:diagnostics_channel');
  'node:fs/promises': typeof import('node:fs/promises');
  'node:http': typeof import('node:http');
  'node:https': typeof import('node:https');
  'node:net': typeof import('node:net');
  'node:os': typeof import('node:os');
  'node:path': typeof import('node:path');
  'node:timers': typeof import('node:timers');
  'node:tls': typeof import('node:tls');
  'node:util': typeof import('node:util');
  'node:worker_threads': typeof import('node:worker_threads');
  'node:zlib': typeof import('node:zlib');
};

let requireBuiltin: NodeJS.Require | undefined;

/**
 * Returns a built-in module. It is looked up when it is needed, instead of imported, because a runtime may lack it, because
 * loading it takes time, and because an import of node:http ends Node.js 22 under `--jitless`: it evaluates all exports, one of
 * which needs WebAssembly.
 *
 * @throws Error if the runtime lacks the module.
 */
export function builtin<Name extends keyof Builtins>(name: Name): Builtins[Name] {
  let found: unknown;
  if (process.getBuiltinModule !== undefined) {
    found = process.getBuiltinModule(name as string);
  } else {
    // Node.js 22.0 to 22.2. The path is of no importance, because only built-in modules are looked up.
    requireBuiltin ??= nodeModule.createRequire(process.execPath);
    found = requireBuiltin(name);
  }
  if (found === undefined) throw new Error(`this runtime has no ${name}`);
  return found as Builtins[Name];
}

/** Returns a built-in module, or undefined if the runtime lacks it. */
export function optionalBuiltin<Name extends keyof Builtins>(name: Name): Builtins[Name] | undefined {
  try {
    return builtin(name);
  } catch {
    return undefined;
  }
}
